import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { ConfigurationError } from '../../src/errors/index.ts'
import { placeOf } from '../../src/engine/connect-error.ts'
import { EngineUrl, parseServerAddress } from '../../src/engine/index.ts'

const DIALECTS = new Map([['postgres', { drivers: [{ name: 'pg' }] }]])
const parse = (url: string | URL) => parseServerAddress(EngineUrl.parse(url, DIALECTS))

describe('The address of a server', () => {
  it('has host, port, user, password, database and parameters', () => {
    const address = parse('postgres+pg://app:s3cret@db.example:6543/shop?sslmode=require&a=1%202')
    assert.deepEqual(
      { ...address, parameters: [...address.parameters] },
      {
        host: 'db.example',
        port: 6543,
        user: 'app',
        password: 's3cret',
        database: 'shop',
        parameters: [
          ['sslmode', 'require'],
          ['a', '1 2'],
        ],
      },
    )
  })

  it('leaves out what the URL does not say, for the dialect knows its defaults', () => {
    const nothing = { host: undefined, port: undefined, user: undefined, password: undefined }
    for (const [url, expected] of [
      ['postgres://', { ...nothing, database: undefined }],
      ['postgres:///shop', { ...nothing, database: 'shop' }],
      ['postgres://localhost', { ...nothing, host: 'localhost', database: undefined }],
      [
        'postgres://app@localhost/',
        { ...nothing, host: 'localhost', user: 'app', database: undefined },
      ],
    ] as const) {
      const { parameters, ...address } = parse(url)
      assert.deepEqual(address, expected, url)
      assert.equal(parameters.size, 0)
    }
  })

  it('decodes what was encoded in each part', () => {
    const part = ':/?#[]@ %+ü'
    const encoded = encodeURIComponent(part)
    const url = `postgres://${encoded}:${encoded}@host/${encoded}?p=${encoded}`
    for (const each of [url, new URL(url)]) {
      const address = parse(each)
      assert.deepEqual([address.user, address.password, address.database], [part, part, part])
      assert.equal(address.parameters.get('p'), part)
    }
  })

  it('may be an IPv6 address, with its zone left to the system', () => {
    const address = parse('postgres://app@[2001:db8::1]:5433/shop')
    assert.deepEqual([address.host, address.port], ['2001:db8::1', 5433])
  })

  it('may be a socket, whose path stands in the place of the host or in a parameter', () => {
    assert.equal(parse('postgres://%2Fvar%2Frun%2Fpostgresql/shop').host, '/var/run/postgresql')
    const address = parse('postgres:///shop?host=/var/run/postgresql')
    assert.equal(address.parameters.get('host'), '/var/run/postgresql')
  })

  it('is named in messages without who logs in', () => {
    for (const [url, expected] of [
      ['postgres://app:s3cret@db.example:6543/shop', 'db.example:6543/shop'],
      ['postgres://app:s3cret@[::1]:5433/shop', '[::1]:5433/shop'],
      ['postgres:///shop', 'localhost/shop'],
    ] as const)
      assert.equal(placeOf({ key: 'x', url: EngineUrl.parse(url, DIALECTS) }).server, expected)
  })

  it('is refused where it cannot be read, in words that show no password', () => {
    for (const url of [
      'postgres:shop',
      'postgres:/shop',
      'postgres://app:s3cret@host:99999/shop',
      'postgres://app:s3cret@host:port/shop',
      'postgres://app:s3cret@[::1/shop',
      'postgres://app:s3c%zzret@host/shop',
      'postgres://app:s3cret/with/slash@host/shop',
      'postgres://app:s3cret?@host/shop',
    ]) {
      assert.throws(
        () => parse(url),
        (error: Error) => {
          assert.ok(error instanceof ConfigurationError, url)
          assert.match(error.message, /Write "postgres:\/\/user:password@host:port\/database"/)
          assert.doesNotMatch(inspect(error, { depth: 9 }), /s3c/, url)
          return true
        },
        url,
      )
    }
  })
})
