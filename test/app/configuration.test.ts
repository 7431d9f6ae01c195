import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { ConfigurationError, Database, Model, id, text, type DatabaseConfig } from 'athanor'
import { Database as DatabaseOfDialects } from '../../src/app/index.ts'
import { sqliteDialect } from '../../src/dialects/sqlite/index.ts'
import { EngineUrl, type Dialect } from '../../src/engine/index.ts'
import { Log, models, open, Post, temporaryFile } from './support.ts'

class Entry extends Model({ id: id(), what: text() }, { bind: 'audit' }) {}
class Metric extends Model({ id: id(), value: text() }, { bind: 'metrics' }) {}
const onThree = { Post: models.Post, Author: models.Author, Tag: models.Tag, Entry, Metric }

const failure = (make: () => unknown): ConfigurationError => {
  try {
    make()
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error))
    return error
  }
  return assert.fail('nothing was thrown')
}
const withOption =
  (config: object): (() => unknown) =>
  () =>
    new Database({ url: 'sqlite::memory:', models, ...config })

describe('the configuration of a Database', () => {
  // settled C4
  it('knows the databases that it is given: none registers itself by being imported', () => {
    const url = 'sqlite::memory:'
    assert.throws(() => new DatabaseOfDialects({ url, models }, new Map()), {
      code: 'CONFIGURATION',
      message: /sqlite/,
    })
    const dialects = new Map([['sqlite', sqliteDialect]])
    assert.equal(new DatabaseOfDialects({ url, models }, dialects).engine.dialect.name, 'sqlite')
  })

  it('has its defaults where nothing is said', async (t) => {
    await using db = new Database({ url: `sqlite:${temporaryFile(t)}`, models })
    assert.equal(db.engine.options.echo, false)
    await db.createAll()
    await db.run(() => db.session.add(new Post({ title: 'lost' })))
    assert.equal(await db.run(() => db.select(Post).count()), 0, 'commit is manual')
  })

  // web 12
  it('names both keys when it has neither url nor engines', () => {
    const db = new Database({ models })
    for (const use of [
      () => db.engine,
      () => db.engines,
      () => db.metadata,
      () => db.openScope(),
      () => db.createSession(),
      () => db.initApp({}),
      () => db.initApp({}, { commit: 'onSuccess' }),
    ]) {
      const error = failure(use)
      assert.equal(error.code, 'ENGINE_NOT_CONFIGURED')
      assert.match(error.message, /`url`.*`engines`/)
    }
  })

  // web 13
  it('may have named engines only, and options make no default engine', async () => {
    await using db = new Database({
      engines: { audit: 'sqlite::memory:' },
      engineOptions: { lockTimeoutMs: 100 },
      models: { Entry },
    })
    assert.deepEqual([...db.engines.keys()], ['audit'])
    assert.equal(failure(() => db.engine).code, 'UNKNOWN_ENGINE')
    await db.createAll()
    assert.equal(await db.run(() => db.select(Entry).count()), 0)
  })

  // web 14
  it('takes an engine as text, as a URL and as options', async (t) => {
    const file = temporaryFile(t)
    await using db = new Database({
      url: 'sqlite::memory:',
      engines: {
        audit: new URL(`sqlite:${file}`),
        metrics: { url: 'sqlite::memory:', lockTimeoutMs: 70 },
      },
      models: onThree,
    })
    await db.createAll()
    assert.deepEqual(Object.values(await db.ping()), ['ok', 'ok', 'ok'])
    assert.equal(db.engines.get('metrics')?.options.lockTimeoutMs, 70)
  })

  // web 15
  it('lets an engine’s own options win over those for all, and for the default engine the other way round', async () => {
    const base: DatabaseConfig = {
      url: 'sqlite::memory:',
      engines: {
        default: { lockTimeoutMs: 4, cacheSizeKib: 4, maxPageCount: 400 },
        audit: { url: 'sqlite::memory:', lockTimeoutMs: 5 },
        metrics: 'sqlite::memory:',
      },
      engineOptions: { lockTimeoutMs: 1, cacheSizeKib: 1, durability: 'off', pool: { size: 3 } },
    }
    const options = (db: Database<typeof onThree>, key: string): unknown[] => {
      const { lockTimeoutMs, cacheSizeKib, durability, maxPageCount, pool } =
        db.engines.get(key)?.options ?? {}
      return [lockTimeoutMs, cacheSizeKib, durability, maxPageCount, pool?.size, pool?.order]
    }
    await using db = new Database({ ...base, models: onThree })
    assert.deepEqual(options(db, 'default'), [1, 1, 'off', 400, 3, 'lifo'])
    assert.deepEqual(options(db, 'audit'), [5, 1, 'off', undefined, 3, 'lifo'])
    assert.deepEqual(options(db, 'metrics'), [1, 1, 'off', undefined, 3, 'lifo'])

    await using late = new Database({
      engineOptions: {
        lockTimeoutMs: 9,
        cacheSizeKib: 9,
        durability: 'full',
        pool: { order: 'fifo' },
      },
      models: onThree,
    })
    late.initApp({}, base)
    assert.deepEqual(options(late, 'default'), [1, 1, 'off', 400, 3, 'fifo'])
    assert.deepEqual(options(late, 'audit'), [5, 1, 'off', undefined, 3, 'fifo'])
  })

  // web 15b
  // seed 25
  it('calls configure last, for every engine, and checks what it gives', async () => {
    const seen: string[] = []
    const configure = (options: object, key: string): object => {
      seen.push(key)
      return { ...options, lockTimeoutMs: 77 }
    }
    await using db = new Database({
      url: 'sqlite::memory:',
      engines: { audit: { url: 'sqlite::memory:', lockTimeoutMs: 3 } },
      engineOptions: { configure },
      models: { Entry },
    })
    assert.deepEqual(seen, ['default', 'audit'])
    assert.deepEqual(
      [...db.engines.values()].map(({ options, optionOrigins }) => [
        options.lockTimeoutMs,
        optionOrigins.get('lockTimeoutMs'),
      ]),
      [
        [77, 'configure'],
        [77, 'configure'],
      ],
    )
    assert.equal(
      failure(withOption({ engineOptions: { configure: () => ({ lockTimeout: 1 }) } })).code,
      'UNKNOWN_OPTION',
    )
  })

  // web 16
  // settled M18
  it('echoes the statements of all engines but those that say otherwise', async () => {
    const logger = new Log()
    await using db = new Database({
      url: 'sqlite::memory:',
      engines: { audit: { url: 'sqlite::memory:', echo: false } },
      echo: true,
      logger,
      models: { ...models, Entry },
    })
    await db.createAll()
    await db.run(() => db.select(Post).where({ title: 'secret' }).all(), { name: 'nightly' })
    assert.ok(logger.lines.length > 0)
    assert.deepEqual(
      [
        ...new Set(
          logger.lines.map(({ level, facts }) => `${level} ${String(facts['engineKey'])}`),
        ),
      ],
      ['debug default'],
    )
    const last = logger.lines.at(-1)
    assert.match(last?.message ?? '', /^select /i)
    assert.equal(last?.facts['scope'], 'nightly')
    assert.ok(!JSON.stringify(logger.lines).includes('secret'), 'values are not logged')
    assert.match(failure(withOption({ echo: true })).message, /logger/)
  })

  it('shows the values of parameters where that is asked for', async () => {
    const logger = new Log()
    await using db = new Database({
      url: 'sqlite::memory:',
      engineOptions: { echo: true, echoParameters: true },
      logger,
      models,
    })
    await db.createAll()
    await db.run(() => db.select(Post).where({ title: 'shown' }).all())
    assert.deepEqual(logger.lines.at(-1)?.facts['parameters'], ['shown'])
  })

  // web 17
  it('names the nearest option for one that it does not know', () => {
    const advice: Readonly<Record<string, RegExp>> = {
      comit: /"commit"/,
      engineOption: /"engineOptions"/,
      lockTimeoutMs: /engineOptions: \{ lockTimeoutMs/,
      SQLALCHEMY_POOL_SIZE: /pool: \{ size/,
      SQLALCHEMY_POOL_TIMEOUT: /pool: \{ timeoutMs: 10_000 \}/,
      SQLALCHEMY_POOL_RECYCLE: /pool: \{ recycleMs: 10_000 \}/,
      SQLALCHEMY_MAX_OVERFLOW: /pool: \{ maxOverflow/,
      SQLALCHEMY_NATIVE_UNICODE: /always Unicode/,
      SQLALCHEMY_COMMIT_ON_TEARDOWN: /commit: 'onSuccess'/,
      SQLALCHEMY_BINDS: /"engines"/,
      SQLALCHEMY_DATABASE_URI: /"url"/,
      SQLALCHEMY_ENGINE_OPTIONS: /"engineOptions"/,
      SQLALCHEMY_ECHO: /"echo"/,
      SQLALCHEMY_RECORD_QUERIES: /"recordQueries"/,
      SQLALCHEMY_TRACK_MODIFICATIONS: /"trackModifications"/,
      sesionClass: /"sessionClass"/,
      currentSope: /"currentScope"/,
      modells: /"models"/,
      entirelyDifferent: /Known are models, .*sessionClass, .*url/,
    }
    for (const [name, expected] of Object.entries(advice)) {
      const error = failure(withOption({ [name]: 10 }))
      assert.equal(error.code, 'UNKNOWN_OPTION', name)
      assert.match(error.message, expected, name)
    }
    const db = new Database({ models })
    for (const name of ['models', 'sessionClass'])
      assert.match(
        failure(() => db.initApp({}, { url: 'sqlite::memory:', [name]: models })).message,
        /same for all applications/,
      )
    assert.match(failure(withOption({ session: { autoFlush: true } })).message, /"autoflush"/)
    for (const options of [
      { SQLALCHEMY_POOL_RECYCLE: 280 },
      { engineOptions: { recycle: 280 } },
      { engineOptions: { pool_recycle: 280 } },
      { engineOptions: { pool: { recycle: 280 } } },
    ])
      assert.match(failure(withOption(options)).message, /recycleMs: 280_000/)
  })

  it('refuses a value of the wrong kind and does not show it', () => {
    const wrong: Readonly<Record<string, unknown>> = {
      url: 5,
      engines: 'sqlite::memory:',
      commit: 'always',
      diagnostics: 'yes',
      trackModifications: 1,
      onListenerError: 'log',
      models: 5,
      logger: { info() {} },
      naming: 'snake',
      session: { expireOnCommit: 'never' },
    }
    for (const [name, value] of Object.entries(wrong)) {
      const error = failure(withOption({ [name]: value }))
      assert.equal(error.code, 'CONFIGURATION', name)
      assert.match(error.message, /it takes .*, and got/, name)
    }
  })

  // web 7
  it('shows where the default database is, in a scope, and never a password', async () => {
    const server: Dialect = {
      ...sqliteDialect,
      createConnectionSource: (engine) =>
        sqliteDialect.createConnectionSource({
          ...engine,
          url: EngineUrl.parse(':memory:', DIALECTS),
        }),
    }
    const DIALECTS = new Map([
      ['sqlite', sqliteDialect],
      ['server', server],
    ])
    await using db = new DatabaseOfDialects(
      {
        url: 'server://me:hunter2@host/app',
        engines: { audit: 'sqlite::memory:', metrics: 'sqlite::memory:' },
        models: onThree,
      },
      DIALECTS,
    )
    const shown = (): string[] => [
      String(db),
      inspect(db),
      JSON.stringify({ db }),
      inspect({ db }, { depth: 9, showHidden: true }),
    ]
    assert.equal(String(db), '<Database>')
    await db.run(() => {
      assert.equal(String(db), '<Database server://me:***@host/app +2 engines>')
      for (const each of shown()) assert.ok(!each.includes('hunter2'), each)
    })
    await using bound = new Database({ engines: { audit: 'sqlite::memory:' }, models: { Entry } })
    await bound.run(() => assert.equal(String(bound), '<Database (No default engine) +1 engines>'))
    const error = failure(() => new Database({ url: 'oracle://me:hunter2@db/app', models }))
    assert.ok(!inspect(error).includes('hunter2'))
  })

  it('takes no notice of later changes to what it was given', async () => {
    const config = {
      url: 'sqlite::memory:',
      engines: { audit: 'sqlite::memory:' } as Record<string, string>,
      engineOptions: { lockTimeoutMs: 5 },
    }
    await using db = new Database({ ...config, models: { Entry } })
    config.engines['other'] = 'sqlite::memory:'
    config.engineOptions.lockTimeoutMs = 6
    assert.deepEqual([...db.engines.keys()], ['default', 'audit'])
    assert.equal(db.engine.options.lockTimeoutMs, 5)
  })

  // settled H26
  it('tells in diagnostics which scope kept all others from writing for a second', async (t) => {
    const logger = new Log()
    await using db = new Database({
      url: `sqlite:${temporaryFile(t)}`,
      diagnostics: true,
      logger,
      models,
    })
    await db.createAll()
    const slow = async (): Promise<void> => {
      db.session.add(new Post({ title: 'slow' }))
      await db.session.flush()
      await sleep(1_050)
      await db.session.commit()
    }
    await db.run(slow, { name: 'POST /slow' })
    assert.match(
      logger.of('ATHANOR_LONG_HOLD')[0]?.message ?? '',
      /^"POST \/slow" kept all others from writing on engine "default" for 1\.\d s/,
    )
  })

  it('reports what a listener of an engine throws', async () => {
    const logger = new Log()
    await using db = new Database({ url: 'sqlite::memory:', logger, models })
    db.engine.events.on('statement', () => {
      throw new Error('the listener is broken')
    })
    await db.createAll()
    const [line] = logger.of('ATHANOR_LISTENER')
    assert.match(line?.message ?? '', /"statement"/)
    assert.equal((line?.facts['err'] as Error | undefined)?.message, 'the listener is broken')
  })

  // web 11
  it('records, tracks and logs nothing unless it is asked to', async (t) => {
    const { db, log } = await open(t, { diagnostics: false })
    let signals = 0
    db.on('afterCommit', () => (signals += 1))
    const work = async (other: typeof db): Promise<number> =>
      other.run(async (scope) => {
        scope.session.add(new Post({ title: 'a' }))
        await scope.session.commit()
        return scope.queries.length
      })
    assert.deepEqual([await work(db), signals, log.lines], [0, 0, []])
    const told = await open(t, { recordQueries: true, trackModifications: true, echo: true })
    told.db.on('afterCommit', () => (signals += 1))
    assert.ok((await work(told.db)) > 0)
    assert.equal(signals, 1)
    assert.ok(told.log.lines.some(({ level }) => level === 'debug'))
  })

  // settled C5
  it('reads NODE_ENV once, for the default of diagnostics', () => {
    const program = `
      import { Database, Model, id } from 'athanor'
      class Thing extends Model({ id: id() }) {}
      const db = new Database({ url: 'sqlite::memory:', models: { Thing } })
      process.env.NODE_ENV = 'production'
      await db.createAll()
      await db.run(() => { db.session.add(new Thing({})) }, { name: 'loses' })
    `
    const warned = (environment: string): boolean => {
      const { stderr } = spawnSync(
        process.execPath,
        ['--conditions=athanor-source', '--input-type=module-typescript', '-e', program],
        {
          env: { ...process.env, NODE_ENV: environment },
          encoding: 'utf8',
        },
      )
      assert.ok(!/Error/.test(stderr), stderr)
      return stderr.includes('ATHANOR_DISCARDED_CHANGES')
    }
    assert.deepEqual([warned('production'), warned('development')], [false, true])
  })
})
