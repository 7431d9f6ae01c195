import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CheckViolationError,
  DataError,
  DatabaseError,
  DeadlockError,
  DisconnectedError,
  ForeignKeyViolationError,
  IntegrityError,
  LockTimeoutError,
  NotNullViolationError,
  OperationalError,
  ProgrammingError,
  ReadOnlyError,
  SerializationError,
  StatementTimeoutError,
  UniqueViolationError,
  type AthanorError,
} from '../../src/errors/index.ts'
import { postgresDialect } from '../../src/dialects/postgres/index.ts'
import type { Engine } from '../../src/engine/index.ts'
import { needs, Postgres } from '../servers/index.ts'
import {
  BACKENDS,
  command,
  emptyDatabase,
  fly,
  openDriver,
  openEither,
  openEngine,
  run,
  take,
} from './postgres-support.ts'

const SCHEMA = [
  'create table author (id int primary key, name text not null unique, age int, span int4range, constraint ck_author_age check (age >= 0), constraint ex_span exclude using gist (span with &&))',
  'create table post (id int primary key, "authorId" int, slug varchar(12), lang text, constraint fk_post_author foreign key ("authorId") references author)',
  'create unique index uq_post_slug_lang on post (slug, lang, "authorId")',
  'create unique index ux_lower on post (lower(slug))',
  `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'secret words'; end $$`,
  'create trigger no_delete before delete on post for each row execute function refuse()',
  "insert into author values (1, 'secret-name', 5, '[1,5)')",
  "insert into post values (1, 1, 'secret-slug', 'en')",
]

/** Statement, class, SQLSTATE, and what it says of constraint, table and columns. */
const FAULTS: readonly (readonly [
  sql: string,
  kind: abstract new (...args: never[]) => AthanorError,
  sqlState: string,
  facts?: readonly [constraint: string | undefined, table: string, columns: readonly string[]],
])[] = [
  [
    "insert into author values (2, 'secret-name')",
    UniqueViolationError,
    '23505',
    ['author_name_key', 'author', ['name']],
  ],
  [
    "insert into author values (1, 'x')",
    UniqueViolationError,
    '23505',
    ['author_pkey', 'author', ['id']],
  ],
  [
    "insert into post values (2, 1, 'secret-slug', 'en')",
    UniqueViolationError,
    '23505',
    ['uq_post_slug_lang', 'post', ['slug', 'lang', 'authorId']],
  ],
  [
    "insert into post values (2, 1, 'SECRET-slug', 'de')",
    UniqueViolationError,
    '23505',
    ['ux_lower', 'post', []],
  ],
  [
    'insert into author (id) values (2)',
    NotNullViolationError,
    '23502',
    [undefined, 'author', ['name']],
  ],
  [
    "insert into author values (2, 'secret', -1)",
    CheckViolationError,
    '23514',
    ['ck_author_age', 'author', []],
  ],
  [
    'insert into post values (2, 7)',
    ForeignKeyViolationError,
    '23503',
    ['fk_post_author', 'post', ['authorId']],
  ],
  ['delete from author', ForeignKeyViolationError, '23503', ['fk_post_author', 'post', []]],
  [
    "insert into author values (3, 'x', 5, '[2,3)')",
    IntegrityError,
    '23P01',
    ['ex_span', 'author', []],
  ],
  ['delete from post', DatabaseError, 'P0001'],
  ["select 'secret'::int", DataError, '22P02'],
  ["update post set slug = 'secret-secret-secret'", DataError, '22001'],
  ['select 99999999999::int', DataError, '22003'],
  ["select '2024-02-30'::date", DataError, '22008'],
  ['select 1 / 0', DataError, '22012'],
  ['select \'{"secret":"\\u0000"}\'::jsonb', DataError, '22P05'],
  ['selec', ProgrammingError, '42601'],
  ['select missing', ProgrammingError, '42703'],
  ['select * from missing', ProgrammingError, '42P01'],
  ['select missing(1)', ProgrammingError, '42883'],
  ['select (select id from generate_series(1, 2) id)', ProgrammingError, '21000'],
  ['select 1; select 2', ProgrammingError, '42601'],
]

async function open(engine: Engine): Promise<Engine> {
  for (const sql of SCHEMA)
    await engine.begin(async (connection) => connection.execute(command(sql)))

  return engine
}

async function failure(engine: Engine, sql: string): Promise<DatabaseError> {
  const error: unknown = await engine
    .begin(async (connection) => connection.execute(command(sql)))
    .then(
      () => assert.fail(`${sql} succeeds`),
      (thrown: unknown) => thrown,
    )
  assert.ok(error instanceof DatabaseError, String(error))
  return error
}

for (const { name, needs: wants } of BACKENDS) {
  describe(`PostgreSQL errors on ${name}`, wants, () => {
    // session 6.31
    it('have a class by SQLSTATE, the names that the server tells, the cause, and no value', async (t) => {
      const engine = await open(await openEither(t, name))
      for (const [sql, kind, sqlState, facts] of FAULTS) {
        const error = await failure(engine, sql)
        assert.equal(error.sqlState, sqlState, `${sql}: ${String(error.cause)}`)
        assert.ok(error instanceof kind, `${sql} is a ${kind.name}`)
        assert.equal(error.constructor, kind, sql)
        assert.equal(error.sql, sql)
        assert.equal(error.engineKey, 'default')
        assert.ok(error.cause instanceof Error)
        assert.doesNotMatch(error.message, /secret/i)
        if (facts === undefined) continue
        assert.ok(error instanceof IntegrityError)
        assert.deepEqual([error.constraint, error.table, error.columns], facts, sql)
      }
    })

    it('say what to do', async (t) => {
      const engine = await open(await openEither(t, name))
      const unique = await failure(engine, "insert into author values (2, 'secret-name')")
      assert.equal(
        unique.message,
        'Cannot write on engine "default": another row has the same "name" of "author". Choose another value, or catch UniqueViolationError.',
      )
      const notNull = await failure(engine, 'insert into author (id) values (2)')
      assert.equal(
        notNull.message,
        'Cannot write on engine "default": "name" of "author" must not be null. Give it a value.',
      )
    })

    it('tell of a write in a read-only transaction', async (t) => {
      const engine = await open(await openEither(t, name))
      const connection = await take(t, engine)
      t.after(() => engine.release(connection))
      await connection.begin({ readOnly: true })
      await assert.rejects(
        async () => connection.execute(command('delete from post')),
        (error) => error instanceof ReadOnlyError && error.code === 'READ_ONLY',
      )
      await assert.rejects(async () => connection.execute(command('select 1')), {
        code: 'DATABASE',
        sqlState: '25P02',
      })
      await connection.rollback()
    })
  })
}

describe('Errors of a PostgreSQL server', needs(Postgres), () => {
  const translate = (error: unknown): DatabaseError =>
    postgresDialect.translateError(error, { engineKey: 'default' }) as DatabaseError

  it('tell a deadlock from a serialization failure, and both may be run again', async (t) => {
    const url = await emptyDatabase(t)
    const [a, b] = [await openDriver(t, { url }), await openDriver(t, { url })]
    await run(a, 'insert into t values (1, 1), (2, 2)')
    const update = (id: number) => command('update t set x = x + 1 where id = $1', id)
    const begin = { prelude: [command('begin isolation level repeatable read')] }
    await fly(a, [update(1)], begin)
    await fly(b, [update(2)], begin)
    const both = await Promise.all([fly(a, [update(2)]), fly(b, [update(1)])])
    const [victim] = both.flatMap(({ error }) => (error === undefined ? [] : [translate(error)]))
    assert.ok(victim instanceof DeadlockError)
    assert.equal(victim.retryable, true)
    for (const driver of [a, b]) await run(driver, 'rollback')
    for (const driver of [a, b]) await fly(driver, [command('select * from t')], begin)
    await fly(a, [update(1)], { commit: true })
    const late = translate((await fly(b, [update(1)])).error)
    assert.ok(late instanceof SerializationError)
    assert.equal(late.retryable, true)
  })

  it('tell time-outs apart', async (t) => {
    const url = await emptyDatabase(t)
    const limits = { statementTimeoutMs: 60, lockTimeoutMs: 20 }
    const [a, b] = [await openDriver(t, { url, ...limits }), await openDriver(t, { url })]
    const slow = translate((await fly(a, [command('select pg_sleep(1)')])).error)
    assert.ok(slow instanceof StatementTimeoutError)
    await fly(b, [command('lock table t')], { prelude: [command('begin')] })
    assert.ok(
      translate((await fly(a, [command('select * from t')])).error) instanceof LockTimeoutError,
    )
    await run(b, 'rollback')
    await fly(b, [command('lock table t')], { prelude: [command('begin')] })
    const now = await fly(a, [command('select * from t for update nowait')])
    assert.ok(translate(now.error) instanceof LockTimeoutError)
  })

  // session 0.10
  it('are told by their codes in every language of the server', () => {
    const fatal = Object.assign(new Error('严重错误'), { severity: '致命错误', code: '57P01' })
    assert.ok(translate(fatal) instanceof OperationalError)
    assert.ok(!(translate(fatal) instanceof DisconnectedError)) // the connection tells that it is gone
    const timeout = Object.assign(new Error('annulation'), { severity: 'ERREUR', code: '57014' })
    assert.ok(translate(timeout) instanceof StatementTimeoutError)
    const unique = Object.assign(new Error('doppelter Schlüsselwert'), {
      severity: 'FEHLER',
      code: '23505',
      detail: 'Schlüssel »(name, "userId")=(geheim, 5)« existiert bereits.',
      table: 'author',
    })
    const error = translate(unique)
    assert.deepEqual((error as UniqueViolationError).columns, ['name', 'userId'])
    assert.doesNotMatch(error.message, /geheim/)
  })

  // session 6.32
  it('are not mistaken for a lost connection because of words in a statement', async (t) => {
    const engine = await openEngine(t)
    const connection = await take(t, engine)
    for (const word of ['connection', 'Connection terminated unexpectedly', 'terminating']) {
      await assert.rejects(async () => connection.execute(command(`select "${word}"`)), {
        code: 'PROGRAMMING',
      })
      await assert.rejects(async () => connection.execute(command('select $1::int', word)), {
        code: 'DATA',
      })
    }
    assert.equal(connection.isOpen, true)
  })
})
