import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import {
  type AthanorError,
  CheckViolationError,
  DataError,
  DatabaseError,
  ForeignKeyViolationError,
  IntegrityError,
  LockTimeoutError,
  NotNullViolationError,
  OperationalError,
  ProgrammingError,
  ReadOnlyError,
  SerializationError,
  UniqueViolationError,
} from '../../src/errors/index.ts'
import { Engine } from '../../src/engine/index.ts'
import { DRIVERS, dialects, holder, openEngine, privateFolder, run } from '../engine/support.ts'

const SCHEMA = [
  'create table author (id integer primary key, name text not null unique, age integer, constraint ck_author_age check (age >= 0))',
  'create table post (id integer primary key, author_id integer references author (id), slug text, lang text)',
  'create unique index uq_post_slug_lang on post (slug, lang)',
  'create unique index ux_lower on post (lower(slug))',
  "create trigger no_delete before delete on author begin select raise(abort, 'authors stay'); end",
  'create table strict_one (n integer) strict',
  "insert into author (id, name, age) values (1, 'secret-name', 5)",
  "insert into post (id, author_id, slug, lang) values (1, 1, 'secret-slug', 'en')",
]

for (const driver of DRIVERS) {
  describe(`SQLite errors on ${driver}`, () => {
    async function open(t: TestContext, options: object = {}): Promise<Engine> {
      const engine = openEngine(t, { driver, ...options })
      for (const sql of SCHEMA) await run(engine, sql)
      return engine
    }

    async function failure<E extends AthanorError>(
      engine: Engine,
      sql: string,
      kind: abstract new (...args: never[]) => E,
      parameters: readonly unknown[] = [],
    ): Promise<E> {
      const error: unknown = await run(engine, sql, parameters).then(
        () => assert.fail(`${sql} succeeds`),
        (thrown: unknown) => thrown,
      )
      assert.ok(error instanceof kind, `${String(error)} is a ${kind.name}`)
      assert.ok(error.cause instanceof Error, 'the cause is what the driver threw')
      assert.doesNotMatch(error.message, /secret/)
      return error
    }

    it('name table and columns of a unique violation', async (t) => {
      const engine = await open(t)
      const byName = await failure(
        engine,
        "insert into author (name) values ('secret-name')",
        UniqueViolationError,
      )
      assert.deepEqual(
        [byName.table, byName.columns, byName.sqlState, byName.engineKey, byName.sql],
        [
          'author',
          ['name'],
          'SQLITE_CONSTRAINT_UNIQUE',
          'default',
          "insert into author (name) values ('secret-name')",
        ],
      )
      assert.equal(
        byName.message,
        'Cannot write on engine "default": another row has the same "name" of "author". Choose another value, or catch UniqueViolationError.',
      )
      const byKey = await failure(
        engine,
        "insert into author (id, name) values (1, 'x')",
        UniqueViolationError,
      )
      assert.deepEqual([byKey.table, byKey.columns], ['author', ['id']])
      const byIndex = await failure(
        engine,
        "insert into post (slug, lang) values ('secret-slug', 'en')",
        UniqueViolationError,
      )
      assert.ok(byIndex.columns.join() === 'slug,lang' || byIndex.constraint === 'ux_lower')
      const byExpression = await failure(
        engine,
        "insert into post (slug, lang) values ('SECRET-slug', 'de')",
        UniqueViolationError,
      )
      assert.deepEqual(
        [byExpression.constraint, byExpression.table, byExpression.columns],
        ['ux_lower', undefined, []],
      )
    })

    it('tell the other constraints apart', async (t) => {
      const engine = await open(t)
      const notNull = await failure(
        engine,
        'insert into author (name) values (null)',
        NotNullViolationError,
      )
      assert.deepEqual(
        [notNull.table, notNull.columns, notNull.code],
        ['author', ['name'], 'NOT_NULL_VIOLATION'],
      )
      const check = await failure(
        engine,
        "insert into author (name, age) values ('x', -1)",
        CheckViolationError,
      )
      assert.deepEqual(
        [check.constraint, check.sqlState],
        ['ck_author_age', 'SQLITE_CONSTRAINT_CHECK'],
      )
      await failure(engine, 'insert into post (author_id) values (99)', ForeignKeyViolationError)
      const raised = await failure(engine, 'delete from author', IntegrityError)
      assert.match(raised.message, /authors stay/)
      await failure(engine, 'insert into strict_one values (?)', DataError, ['text'])
      await failure(engine, "insert into author (id, name) values ('x', 'y')", DataError)
    })

    it('say what is not understood', async (t) => {
      const engine = await open(t)
      for (const [sql, what] of [
        ['selec 1', /near "selec": syntax error/],
        ['select * from nowhere', /no such table: nowhere/],
        ['select missing from author', /no such column: missing/],
      ] as const) {
        const error = await failure(engine, sql, ProgrammingError)
        assert.match(error.message, what)
        assert.equal(error.sql, sql)
      }
    })

    it('tell that a snapshot is too old, and that running again helps', async (t) => {
      const engine = await open(t)
      const path = (await run(engine, 'pragma database_list'))[0]?.[2]
      const other = Engine.create('other', { url: `sqlite+${driver}:${String(path)}` }, dialects)
      t.after(() => other.close(0))
      const reader = await engine.acquire('write', holder('reads, then writes'))
      await reader.begin({ write: false })
      await reader.execute({ sql: 'select * from author', parameters: [] })
      engine.invalidate(await engine.acquire('read', holder('x')), new Error('not needed'))
      // the right to write is shared by all engines of this process: only a foreign process gets here, so go round it
      const foreign = await other.acquire('read', holder('another process'))
      await foreign.execute({ sql: "update author set name = 'changed'", parameters: [] })
      other.release(foreign)
      await assert.rejects(
        async () => reader.execute({ sql: 'update author set age = 6', parameters: [] }),
        (error: SerializationError) => {
          assert.ok(error instanceof SerializationError)
          assert.deepEqual([error.retryable, error.sqlState], [true, 'SQLITE_BUSY_SNAPSHOT'])
          return true
        },
      )
      engine.release(reader)
    })

    it('tell that a connection only reads', async (t) => {
      const engine = await open(t)
      const connection = await engine.acquire('snapshot', holder('report'))
      await assert.rejects(
        async () => connection.execute({ sql: 'delete from post', parameters: [] }),
        (error: ReadOnlyError) => {
          assert.ok(error instanceof ReadOnlyError)
          assert.deepEqual([error.code, error.info['sqlState']], ['READ_ONLY', 'SQLITE_READONLY'])
          return true
        },
      )
      engine.release(connection)
    })

    it('tell that a table is locked by an open stream', async (t) => {
      const engine = await open(t, { lockTimeoutMs: 0 })
      await run(engine, "insert into post (slug) values ('a'), ('b'), ('c')")
      const connection = await engine.acquire('write', holder('test'))
      for await (const _ of connection.stream({ sql: 'select * from post', parameters: [] }, 1)) {
        await assert.rejects(
          async () => connection.execute({ sql: 'drop table post', parameters: [] }),
          LockTimeoutError,
        )
        break
      }
      engine.release(connection)
    })

    it('tell that the database is full, and nothing is stored by halves', async (t) => {
      const engine = await open(t, { maxPageCount: 20 })
      const before = await run(engine, 'select count(*) from post')
      const large = 'x'.repeat(2000)
      await assert.rejects(
        engine.begin(async (connection) => {
          for (let i = 0; i < 100; i += 1)
            await connection.execute({
              sql: 'insert into post (slug, lang) values (?, ?)',
              parameters: [`${i}${large}`, 'en'],
            })
        }),
        (error: OperationalError) => {
          assert.ok(error instanceof OperationalError)
          assert.deepEqual([error.code, error.sqlState], ['DATABASE_FULL', 'SQLITE_FULL'])
          assert.match(error.message, /the database is full.*Make room/)
          return true
        },
      )
      assert.deepEqual(await run(engine, 'select count(*) from post'), before)
    })

    it('tell that a file cannot be opened, and create nothing', async (t) => {
      const folder = privateFolder(t)
      mkdirSync(join(folder, 'folder.db'))
      for (const path of ['missing/app.db', 'folder.db']) {
        const engine = openEngine(t, { url: `sqlite+${driver}:${join(folder, path)}` })
        await assert.rejects(engine.ping(), (error: OperationalError) => {
          assert.ok(error instanceof OperationalError)
          assert.deepEqual([error.code, error.engineKey], ['CANNOT_OPEN', 'default'])
          assert.ok(
            error.message.includes(
              `Cannot open the database file of engine "default" ("${join(folder, path)}"). Its folder must exist`,
            ),
            error.message,
          )
          return true
        })
        assert.equal(engine.status.inUse, 0)
      }
    })

    it('tell that a file is no database, and leave it alone', async (t) => {
      const path = join(privateFolder(t), 'notes.txt')
      const text = 'this is no database, only a long text of a text file\n'.repeat(40)
      writeFileSync(path, text)
      const engine = openEngine(t, { url: `sqlite+${driver}:${path}` })
      for (let time = 0; time < 2; time += 1) {
        await assert.rejects(engine.ping(), (error: OperationalError) => {
          assert.ok(error instanceof OperationalError)
          assert.deepEqual([error.code, error.sqlState], ['NOT_A_DATABASE', 'SQLITE_NOTADB'])
          return true
        })
      }
      const { readFileSync } = await import('node:fs')
      assert.equal(readFileSync(path, 'utf8'), text)
    })

    it('tell that a connection was closed under its holder', async (t) => {
      const engine = await open(t)
      const connection = await engine.acquire('write', holder('slow'))
      await engine.close(0)
      await assert.rejects(async () => connection.execute({ sql: 'select 1', parameters: [] }), {
        code: 'DISCONNECTED',
      })
      assert.equal(connection.inTransaction, false)
    })
  })
}

describe('SQLite errors', () => {
  it('are the same on both drivers, but for the cause', async (t) => {
    const statements = [
      "insert into author (name) values ('secret-name')",
      'insert into author (name) values (null)',
      "insert into author (name, age) values ('x', -1)",
      'insert into post (author_id) values (99)',
      'selec 1',
      'select * from nowhere',
      'delete from author',
    ]
    const [first, second] = await Promise.all(
      DRIVERS.map(async (driver) => {
        const engine = openEngine(t, { driver })
        for (const sql of SCHEMA) await run(engine, sql)
        return Promise.all(
          statements.map((sql) =>
            run(engine, sql).catch((error: unknown) => {
              assert.ok(error instanceof DatabaseError)
              const { name, code, message, sqlState, info } = error
              return {
                name,
                code,
                message,
                sqlState,
                info,
                ...(error instanceof IntegrityError
                  ? { table: error.table, columns: error.columns, constraint: error.constraint }
                  : {}),
              }
            }),
          ),
        )
      }),
    )
    assert.deepEqual(first, second)
  })
})
