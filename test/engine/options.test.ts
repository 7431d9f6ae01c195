import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { ConfigurationError } from '../../src/errors/index.ts'
import { Engine, type EngineOptions } from '../../src/engine/index.ts'
import { FakeServer } from './fake-server.ts'
import { dialects } from './support.ts'

const URL_OF_MEMORY = 'sqlite::memory:'

function create(options: object): Engine {
  return Engine.create('audit', { url: URL_OF_MEMORY, ...options }, dialects)
}

function refusal(options: object): ConfigurationError {
  try {
    create(options)
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error))
    return error
  }
  assert.fail(`${inspect(options)} is taken`)
}

describe('engine options', () => {
  // session 6.1
  it('have defaults, of the library and of the dialect', () => {
    const { options, optionOrigins } = create({})
    assert.deepEqual(options.pool, {
      size: 10,
      maxOverflow: 0,
      timeoutMs: 30_000,
      recycleMs: Infinity,
      idleMs: 600_000,
      order: 'lifo',
    })
    assert.deepEqual(
      [options.begin, options.lockTimeoutMs, options.durability, options.isolation],
      ['onWrite', 5000, 'normal', undefined],
    )
    assert.equal(optionOrigins.get('pool.size'), 'default')
    assert.equal(optionOrigins.get('lockTimeoutMs'), 'dialect')
  })

  // seed 25
  it('are listed with what is in effect and where it comes from, without passwords', (t) => {
    const engine = new FakeServer().engine(t, {
      ssl: { ca: 'public', key: 's3cret', passphrase: 's3cret' },
      pool: { size: 3 },
      configure: (options) => ({ ...options, statementTimeoutMs: 1_000 }),
    })
    const described = engine.describeOptions()
    const of = (name: string): unknown[] => {
      const found = described.find((each) => each.name === name)
      return [found?.value, found?.origin]
    }
    assert.deepEqual(of('url'), ['fake://app:***@db.example:5432/shop', 'config'])
    assert.deepEqual(of('pool.size'), [3, 'config'])
    assert.deepEqual(of('pool.order'), ['lifo', 'default'])
    assert.deepEqual(of('statementTimeoutMs'), [1_000, 'configure'])
    assert.deepEqual(of('ssl'), [{ ca: 'public', key: '***', passphrase: '***' }, 'config'])
    assert.doesNotMatch(JSON.stringify(described), /s3cret/)
    const { pool, ...others } = engine.options
    assert.equal(described.length, 1 + Object.keys(others).length + Object.keys(pool).length)
  })

  it('take 0 and false for values, and undefined for nothing said', () => {
    const { options, optionOrigins } = create({
      lockTimeoutMs: 0,
      preparedStatements: false,
      durability: undefined,
      pool: { timeoutMs: 0, size: undefined },
    })
    assert.deepEqual(
      [
        options.lockTimeoutMs,
        options.preparedStatements,
        options.durability,
        options.pool.timeoutMs,
        options.pool.size,
      ],
      [0, false, 'normal', 0, 10],
    )
    assert.equal(optionOrigins.get('lockTimeoutMs'), 'config')
    assert.equal(optionOrigins.get('pool.size'), 'default')
  })

  // seed 25
  // web 15b
  it('go through configure last, which sees all that would be used, for every engine by its key', () => {
    const seen: [EngineOptions, string][] = []
    const { options, optionOrigins } = create({
      pool: { maxOverflow: 3 },
      configure: (given: EngineOptions, key: string) => {
        seen.push([given, key])
        return { ...given, lockTimeoutMs: 100, pool: { ...given.pool, size: 2 } }
      },
    })
    assert.equal(seen[0]?.[1], 'audit')
    assert.deepEqual(
      [seen[0]?.[0].url, seen[0]?.[0].lockTimeoutMs, seen[0]?.[0].pool],
      [
        URL_OF_MEMORY,
        5000,
        {
          size: 10,
          maxOverflow: 3,
          timeoutMs: 30_000,
          recycleMs: Infinity,
          idleMs: 600_000,
          order: 'lifo',
        },
      ],
    )
    assert.deepEqual(
      [options.lockTimeoutMs, options.pool.size, options.pool.maxOverflow],
      [100, 2, 3],
    )
    const origins = ['lockTimeoutMs', 'pool.size', 'pool.maxOverflow', 'pool.timeoutMs'].map(
      (name) => optionOrigins.get(name),
    )
    assert.deepEqual(origins, ['configure', 'configure', 'config', 'default'])
  })

  // web 15b
  it('are checked after configure as everywhere', () => {
    assert.match(
      refusal({ configure: (given: object) => ({ ...given, poolSize: 3 }) }).message,
      /Unknown option "poolSize"/,
    )
    assert.match(
      refusal({ configure: (given: object) => ({ ...given, lockTimeoutMs: '5s' }) }).message,
      /"lockTimeoutMs".*milliseconds/,
    )
    assert.equal(
      refusal({ configure: (given: object) => ({ ...given, url: 'postgres://host/db' }) }).code,
      'CONFIGURATION',
    )
  })

  it('must be given back by configure, at once', () => {
    for (const configure of [
      () => undefined,
      () => null,
      (given: object) => Promise.resolve(given),
    ])
      assert.match(refusal({ configure }).message, /what configure\(\) of engine "audit" gave/)
  })

  it('may be moved to another place by configure', () => {
    const engine = create({ configure: (given: object) => ({ ...given, url: 'sqlite:other.db' }) })
    assert.equal(String(engine.url), 'sqlite:other.db')
  })

  // seed 25
  it('hide passwords wherever they are shown', () => {
    const engine = Engine.create(
      'default',
      { url: 'sqlite:file:app.db?mode=memory&cache=private' },
      dialects,
    )
    assert.equal(String(engine), 'Engine <default: sqlite:file:app.db?mode=memory&cache=private>')
    const secret = Engine.create('default', { url: 'sqlite:a:s3cret@b.db' }, dialects)
    assert.doesNotMatch(
      [
        String(secret),
        JSON.stringify(secret.options),
        inspect(secret.options, { depth: 9 }),
        inspect(secret, { depth: 9 }),
      ].join('\n'),
      /s3cret/,
    )
  })

  // web 17
  it('that are unknown are errors with the nearest name', () => {
    const error = refusal({ lockTimeoutMS: 5 })
    assert.equal(error.code, 'UNKNOWN_OPTION')
    assert.equal(
      error.message,
      'Unknown option "lockTimeoutMS" of engine "audit". Did you mean "lockTimeoutMs"?',
    )
    assert.equal(error.info['nearest'], 'lockTimeoutMs')
    assert.match(refusal({ pool: { sise: 5 } }).message, /Did you mean "pool\.size"/)
    assert.match(refusal({ toString: 1 }).message, /Unknown option "toString"/)
    assert.match(refusal({ zzzzzzzzzz: 1 }).message, /Known are url, .*instancePath, pool\.size/)
  })

  // web 17
  it('with names of Flask-SQLAlchemy or SQLAlchemy are answered with the new spelling', () => {
    for (const [options, advice] of [
      [{ SQLALCHEMY_POOL_SIZE: 5 }, 'Write pool: { size: … }.'],
      [{ SQLALCHEMY_MAX_OVERFLOW: 5 }, 'Write pool: { maxOverflow: … }.'],
      [{ SQLALCHEMY_POOL_TIMEOUT: 30 }, 'write pool: { timeoutMs: 30_000 }.'],
      [{ SQLALCHEMY_NATIVE_UNICODE: true }, 'Leave it out: text is always Unicode.'],
      [{ SQLALCHEMY_COMMIT_ON_TEARDOWN: true }, "commit: 'onSuccess'"],
      [{ pool_size: 5 }, 'Write pool: { size: … }.'],
      [{ poolSize: 5 }, 'Write pool: { size: … }.'],
      [{ max_overflow: 5 }, 'Write pool: { maxOverflow: … }.'],
      [{ pool: { max_overflow: 5 } }, 'Write pool: { maxOverflow: … }.'],
      [{ pool_pre_ping: true }, 'Write "prePing".'],
      [{ pool_reset_on_return: 'rollback' }, 'Write "resetOnReturn".'],
      [{ resetOnRetrun: 'full' }, 'Did you mean "resetOnReturn"?'],
      [{ onErrors: () => {} }, 'Did you mean "onError"?'],
      [{ poolclass: 'NullPool' }, 'pool: { size: 0, maxOverflow: Infinity }'],
      [{ isolation_level: 'SERIALIZABLE' }, 'Write "isolation".'],
    ] as const) {
      const error = refusal(options)
      assert.equal(error.code, 'UNKNOWN_OPTION')
      assert.ok(error.message.includes(advice), `${error.message} should say ${advice}`)
    }
  })

  // seed 22
  it('in seconds are errors that name the option in milliseconds, with the number', () => {
    for (const options of [
      { SQLALCHEMY_POOL_RECYCLE: 280 },
      { pool_recycle: 280 },
      { recycle: 280 },
      { poolRecycle: 280 },
      { pool: { recycle: 280 } },
      { pool: { pool_recycle: 280 } },
    ]) {
      const error = refusal(options)
      assert.equal(error.code, 'UNKNOWN_OPTION')
      assert.match(
        error.message,
        /Durations are in milliseconds here, and the name says so: write pool: \{ recycleMs: 280_000 \}\./,
      )
    }
    assert.equal(create({ pool: { recycleMs: 280_000 } }).options.pool.recycleMs, 280_000)
  })

  it('with a value of the wrong kind are errors that say what is taken, and never show the value', () => {
    for (const [options, message] of [
      [
        { pool: 5 },
        /"pool" of engine "audit": it takes an object of options, and got the number 5/,
      ],
      [{ pool: { size: -1 } }, /"pool\.size".*a whole number from 0, and got the number -1/],
      [{ pool: { size: 0 } }, /pool\.size 0 on engine "audit".*pool\.maxOverflow.*Infinity/],
      [{ pool: { maxOverflow: 0.5 } }, /"pool\.maxOverflow".*a whole number from 0, or Infinity/],
      [{ resetOnReturn: null }, /"resetOnReturn".*one of "rollback", "full", and got null/],
      [{ onError: true }, /"onError".*a function/],
      [{ pool: { timeoutMs: -1 } }, /"pool\.timeoutMs".*milliseconds/],
      [{ pool: { timeoutMs: Number.NaN } }, /"pool\.timeoutMs".*the number NaN/],
      [{ pool: { order: 'random' } }, /"pool\.order".*one of "lifo", "fifo", and got a string/],
      [{ isolation: 'SERIALIZABLE' }, /"isolation".*"serializable"/],
      [{ url: 42 }, /"url".*a URL as text/],
      [{ configure: 'x' }, /"configure".*a function/],
      [{ lockTimeoutMs: null }, /"lockTimeoutMs".*got null/],
      [{ instancePath: 's3cret'.split('') }, /"instancePath".*an array/],
    ] as const) {
      const error = refusal(options)
      assert.equal(error.code, 'CONFIGURATION')
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /s3cret|random|SERIALIZABLE/)
    }
  })

  it('without a url are no engine', () => {
    assert.throws(() => Engine.create('default', {}, dialects), {
      code: 'ENGINE_NOT_CONFIGURED',
      message: /have no url/,
    })
  })

  // settled A23
  it('with an isolation level that the database lacks are refused, never replaced', () => {
    for (const isolation of ['read uncommitted', 'read committed', 'repeatable read'])
      assert.match(
        refusal({ isolation }).message,
        /sqlite has "serializable" and "autocommit", and another level is never taken instead/,
      )
    assert.equal(create({ isolation: 'serializable' }).options.isolation, 'serializable')
  })

  it('that mean nothing to the database are refused, so that nobody relies on them', () => {
    assert.match(
      refusal({ statementTimeoutMs: 100 }).message,
      /"statementTimeoutMs".*it means nothing to sqlite/,
    )
    assert.match(refusal({ ssl: true }).message, /"ssl"/)
  })

  it('cannot be changed afterwards', () => {
    const { options } = create({})
    assert.ok(Object.isFrozen(options) && Object.isFrozen(options.pool))
  })
})
