import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { ConfigurationError } from '../../src/errors/index.ts'
import { EngineUrl, maskPassword } from '../../src/engine/index.ts'
import { dialects } from './support.ts'

const parse = (url: string | URL) => EngineUrl.parse(url, dialects)

function refusal(url: string): string {
  try {
    parse(url)
  } catch (error) {
    assert.ok(error instanceof ConfigurationError)
    return error.message
  }
  assert.fail(`${url} is taken`)
}

describe('EngineUrl', () => {
  it('has a dialect, perhaps a driver, and a location that is the dialect’s business', () => {
    for (const [url, dialect, driver, location] of [
      ['sqlite:app.db', 'sqlite', undefined, 'app.db'],
      ['SQLite::memory:', 'sqlite', undefined, ':memory:'],
      ['sqlite+better-sqlite3:////srv/app.db', 'sqlite', 'better-sqlite3', '////srv/app.db'],
      ['sqlite+node-sqlite:app.db', 'sqlite', 'node-sqlite', 'app.db'],
      [':memory:', 'sqlite', undefined, ':memory:'],
      ['file:app.db?mode=memory', 'sqlite', undefined, 'file:app.db?mode=memory'],
    ] as const) {
      const parsed = parse(url)
      assert.deepEqual(
        [parsed.dialect, parsed.driver, parsed.location],
        [dialect, driver, location],
        url,
      )
    }
  })

  it('may be a URL object, whose percent signs stand for what a path holds', () => {
    assert.equal(parse(new URL('sqlite:///my notes/ä.db')).location, '///my notes/ä.db')
  })

  // web 22
  it('names the drivers there are, and how to install them, when the one after "+" is unknown', () => {
    assert.match(
      refusal('sqlite+libsql:app.db'),
      /sqlite has no driver of that name\. Write "sqlite\+node-sqlite:" \(built into Node\) or "sqlite\+better-sqlite3:" \(npm i better-sqlite3@13\); "sqlite:" alone is the first\./,
    )
  })

  it('recognises databases of other versions, and says what this one has', () => {
    for (const url of [
      'postgres://localhost/app',
      'postgresql+asyncpg://localhost/app',
      'mysql://localhost/app',
      'mariadb://localhost/app',
      'pglite:memory',
    ]) {
      assert.match(refusal(url), /this version of athanor has no dialect for \w+, only "sqlite:"/)
    }
    assert.match(refusal('redis://localhost'), /no dialect is called "redis"/)
    assert.match(
      refusal('sqlite3:app.db'),
      /It may be spoken to as "sqlite:", which athanor does not test/,
    )
  })

  it('says what to write for a path without a scheme', () => {
    assert.match(refusal('./data/app.db'), /write "sqlite:\.\/data\/app\.db"/)
    assert.match(refusal(''), /sqlite::memory:/)
  })

  it('never shows a password: as text, in JSON, under inspect, in an error', () => {
    const url = parse('sqlite://user:s3cret@host/app.db')
    for (const text of [
      String(url),
      JSON.stringify({ url }),
      inspect(url),
      inspect({ nested: { url } }, { depth: 9, showHidden: true }),
    ])
      assert.doesNotMatch(text, /s3cret/)
    assert.equal(String(url), 'sqlite://user:***@host/app.db')
    assert.equal(url.unmasked, 'sqlite://user:s3cret@host/app.db')
    for (const wrong of [
      'postgres://user:s3cret@host/db',
      'user:s3cret@host',
      'nope://user:s3cret@host?x=1',
      'sqlite+nope://user:s3cret@host',
    ])
      assert.doesNotMatch(refusal(wrong), /s3cret/)
  })

  it('masks passwords with any character in them, and parameters that are named like secrets', () => {
    for (const [text, masked] of [
      ['postgres://u:a@b:c/d@host/db', 'postgres://u:***@host/db'],
      ['mysql://root:@host/db', 'mysql://root:***@host/db'],
      ['postgres://:secret@host/db', 'postgres://:***@host/db'],
      [
        'postgres://host/db?sslpassword=a&x=1&apiToken=b',
        'postgres://host/db?sslpassword=***&x=1&apiToken=***',
      ],
      ['sqlite:app.db', 'sqlite:app.db'],
      ['sqlite::memory:', 'sqlite::memory:'],
    ] as const) {
      assert.equal(maskPassword(text), masked)
    }
  })
})
