import assert from 'node:assert/strict'
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { Engine } from '../../src/engine/index.ts'
import { resolveFile } from '../../src/dialects/instance-folder/index.ts'
import { parseLocation } from '../../src/dialects/sqlite/location.ts'
import { dialects, holder, privateFolder, run } from '../engine/support.ts'

const MEMORY = { kind: 'memory' }
const file = (path: string) => ({ kind: 'file', path })

describe('location of a SQLite database', () => {
  // settled B30
  // web 18
  // web 20
  it('is in memory for every spelling of it', () => {
    for (const location of [
      ':memory:',
      '//',
      '///:memory:',
      'file::memory:',
      'file:notes?mode=memory',
      'file:notes?mode=memory&cache=shared',
      'file::memory:?cache=shared',
      '///file:notes?mode=memory&uri=true',
      'notes.db?mode=memory',
    ]) {
      assert.deepEqual(parseLocation(location), MEMORY, location)
    }
  })

  // settled B30
  it('is a file otherwise: three slashes are relative and four absolute, as in SQLAlchemy', () => {
    for (const [location, path] of [
      ['app.db', 'app.db'],
      ['./data/app.db', './data/app.db'],
      ['/srv/app.db', '/srv/app.db'],
      ['///app.db', 'app.db'],
      ['////srv/app.db', '/srv/app.db'],
      ['///data/app.db?mode=rwc', 'data/app.db'],
      ['100%.db', '100%.db'],
    ] as const) {
      assert.deepEqual(parseLocation(location), file(path), location)
    }
  })

  it('may be a file: URI, with percent signs', () => {
    for (const [location, path] of [
      ['file:app.db', 'app.db'],
      ['file:/srv/app.db', '/srv/app.db'],
      ['file:///srv/my%20app.db', '/srv/my app.db'],
      ['file://localhost/srv/app.db', '/srv/app.db'],
      ['file:app.db?cache=private', 'app.db'],
    ] as const) {
      assert.deepEqual(parseLocation(location), file(path), location)
    }
  })

  it('is refused when it names no file, a host, or a parameter that means nothing', () => {
    for (const [location, message] of [
      ['', /it names no file\. Write "sqlite:app\.db"/],
      ['///', /it names no file/],
      [
        '//app.db',
        /SQLite has no hosts\. Write "sqlite:app\.db" for a file in the instance folder/,
      ],
      ['app.db?mode=ro', /"mode" takes memory or rwc/],
      ['app.db?timeout=5', /the parameter "timeout" is not known/],
      ['file:app%zz.db', /escapes nothing/],
    ] as const) {
      assert.throws(() => parseLocation(location), { name: 'ConfigurationError', message })
    }
  })
})

describe('instance folder', () => {
  function runAs(t: TestContext, main: string): void {
    const before = process.argv.slice()
    t.after(() => process.argv.splice(0, process.argv.length, ...before))
    process.argv[1] = main
  }

  // settled A24
  // web 19
  it('is beside the nearest package.json above the main file, made on demand, and never the current directory', (t) => {
    const folder = privateFolder(t)
    mkdirSync(join(folder, 'app', 'src', 'bin'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{}')
    writeFileSync(join(folder, 'app', 'package.json'), '{}')
    runAs(t, join(folder, 'app', 'src', 'bin', 'main.ts'))
    assert.equal(
      resolveFile('data/app.db', undefined, 'SQLite file'),
      join(folder, 'app', 'instance', 'data', 'app.db'),
    )
    assert.ok(existsSync(join(folder, 'app', 'instance', 'data')))
  })

  // settled A24
  it('must be given when there is no package.json, or no main file', (t) => {
    runAs(t, '/no-such-folder/main.ts')
    assert.throws(() => resolveFile('app.db', undefined, 'SQLite file'), {
      name: 'ConfigurationError',
      message: /no folder above "\/no-such-folder\/main\.ts" has a package\.json.*instancePath/,
    })
    process.argv.splice(1)
    assert.throws(() => resolveFile('app.db', undefined, 'SQLite file'), {
      message: /the program has no main file.*instancePath/,
    })
  })

  // web 19
  it('is what instancePath says, and leaves absolute paths alone', async (t) => {
    const folder = privateFolder(t)
    const instancePath = join(folder, 'instance')
    assert.equal(resolveFile('/srv/app.db', instancePath, 'SQLite file'), '/srv/app.db')
    const engine = Engine.create(
      'default',
      { url: 'sqlite:///notes/app.db', instancePath },
      dialects,
    )
    t.after(() => engine.close(0))
    assert.ok(!existsSync(instancePath), 'nothing is made before the first use')
    await run(engine, 'create table t (x)')
    assert.ok(existsSync(join(instancePath, 'notes', 'app.db')))
  })

  it('that cannot be made is told with its path', (t) => {
    const folder = privateFolder(t)
    writeFileSync(join(folder, 'file'), '')
    assert.throws(() => resolveFile('app.db', join(folder, 'file'), 'SQLite file'), {
      code: 'CANNOT_OPEN',
      message: /Cannot make the folder of the SQLite file ".*file\/app\.db"/,
    })
  })

  it('must be absolute itself', () => {
    assert.throws(() => resolveFile('app.db', './instance', 'SQLite file'), {
      name: 'ConfigurationError',
      message: /is relative itself.*import\.meta\.dirname/,
    })
  })

  it('is the same file under all its names: engines share the right to write', async (t) => {
    const folder = realpathSync(privateFolder(t))
    const [one, two] = [
      `sqlite:${folder}/app.db`,
      `sqlite:${folder}/../${folder.split('/').at(-1)}/app.db`,
    ].map((url) => Engine.create('x', { url, lockTimeoutMs: 0 }, dialects))
    t.after(() => Promise.all([one?.close(0), two?.close(0)]))
    const held = await one?.acquire('write', holder('first'))
    assert.throws(() => two?.acquire('write', holder('second')), {
      code: 'LOCK_TIMEOUT',
      message: /"first"/,
    })
    if (held !== undefined) one?.release(held)
  })
})
