import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  CancelledError,
  CheckViolationError,
  DataError,
  type DatabaseError,
  type ConfigurationError,
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
} from '../../src/errors/index.ts'
import type { Connection, EngineOptions } from '../../src/engine/index.ts'
import { translateError } from '../../src/dialects/mysql/translate-error.ts'
import { diagnose } from '../../src/dialects/mysql/connect-fault.ts'
import { MariaDb, needs, sharedServer } from '../servers/index.ts'
import { SCHEMES, emptyDatabase, openEngine, take, type Scheme } from './mariadb-support.ts'

type ErrorClass = abstract new (...args: never[]) => Error

const SCHEMA = [
  `create table author (id bigint primary key, email varchar(50) not null,
    constraint uq_author_email unique (email)) engine=InnoDB`,
  `create table post (id bigint primary key, author_id bigint, stars int, title varchar(5) not null,
    tree json, constraint fk_post_author_id_author foreign key (author_id) references author (id),
    constraint ck_post_stars check (stars between 1 and 5)) engine=InnoDB`,
  "insert into author values (1, 'a@example.org')",
  "insert into post values (1, 1, 3, 'one', null)",
]

/** What is refused, and what the error says of it. */
const REFUSED: readonly {
  readonly name: string
  readonly sql: string
  readonly parameters?: readonly unknown[]
  readonly class: ErrorClass
  readonly facts: Record<string, unknown>
  readonly says?: RegExp
}[] = [
  {
    name: 'a unique key',
    sql: 'insert into `author` values (?, ?)',
    parameters: [2, 'a@example.org'],
    class: UniqueViolationError,
    facts: {
      code: 'UNIQUE_VIOLATION',
      constraint: 'uq_author_email',
      table: 'author',
      sqlState: '23000',
    },
    says: /"uq_author_email"/,
  },
  {
    name: 'a primary key',
    sql: "insert into author values (1, 'b@example.org')",
    class: UniqueViolationError,
    facts: { constraint: 'PRIMARY' },
  },
  {
    name: 'a foreign key without its target',
    sql: 'update post set author_id = 7',
    class: ForeignKeyViolationError,
    facts: {
      code: 'FOREIGN_KEY_VIOLATION',
      constraint: 'fk_post_author_id_author',
      table: 'post',
      columns: ['author_id'],
    },
  },
  {
    name: 'a row that is pointed at',
    sql: 'delete from author',
    class: ForeignKeyViolationError,
    facts: { constraint: 'fk_post_author_id_author', table: 'post', columns: ['author_id'] },
  },
  {
    name: 'null',
    sql: 'update `post` set title = null',
    class: NotNullViolationError,
    facts: { code: 'NOT_NULL_VIOLATION', table: 'post', columns: ['title'] },
  },
  {
    name: 'a column without a value',
    sql: 'insert into post (id) values (9)',
    class: NotNullViolationError,
    facts: { columns: ['title'] },
  },
  {
    name: 'a check',
    sql: 'update post set stars = 6',
    class: CheckViolationError,
    facts: { code: 'CHECK_VIOLATION', constraint: 'ck_post_stars', table: 'post' },
  },
  {
    name: 'the check of a type',
    sql: "update post set tree = '{nonsense'",
    class: CheckViolationError,
    facts: { constraint: 'tree' },
  },
  {
    name: 'text that is too long',
    sql: 'update post set title = ?',
    parameters: ['secret-secret'],
    class: DataError,
    facts: { code: 'DATA', sqlState: '22001' },
    says: /"title"/,
  },
  {
    name: 'a number that is out of range',
    sql: 'update post set stars = ?',
    parameters: [2 ** 40],
    class: DataError,
    facts: { sqlState: '22003' },
  },
  {
    name: 'text that is no number',
    sql: 'update post set stars = ?',
    parameters: ['secret-number'],
    class: DataError,
    facts: {},
  },
  {
    name: 'a statement that makes no sense',
    sql: 'selec 1',
    class: ProgrammingError,
    facts: { code: 'PROGRAMMING', sqlState: '42000' },
  },
  {
    name: 'a table that is not there',
    sql: 'select 1 from nowhere',
    class: ProgrammingError,
    facts: { sqlState: '42S02' },
  },
  {
    name: 'a column that is not there',
    sql: 'select nothing from post',
    class: ProgrammingError,
    facts: { sqlState: '42S22' },
  },
  {
    name: 'two statements in one text',
    sql: 'select 1; select 2',
    class: ProgrammingError,
    facts: {},
  },
  {
    name: 'what somebody raises',
    sql: "signal sqlstate '45000' set message_text = 'not today'",
    class: IntegrityError,
    facts: { code: 'INTEGRITY' },
    says: /not today/,
  },
]

async function failureOf(connection: Connection, sql: string, parameters: readonly unknown[] = []) {
  try {
    await connection.execute({ sql, parameters })
  } catch (error) {
    return error as Error
  }
  throw new assert.AssertionError({ message: `${sql} was not refused` })
}

async function open(t: TestContext, options: EngineOptions & { readonly scheme: Scheme }) {
  const engine = await openEngine(t, options)
  const connection = await take(t, engine)
  for (const sql of SCHEMA) await connection.execute({ sql, parameters: [] })
  return { engine, connection, other: await take(t, engine) }
}

for (const scheme of SCHEMES) {
  describe(`errors of ${scheme}`, needs(MariaDb), () => {
    it('tell by class, code and facts what was refused, and show no value', async (t) => {
      const { connection } = await open(t, { scheme })
      for (const { name, sql, parameters = [], class: errorClass, facts, says } of REFUSED) {
        const error = await failureOf(connection, sql, parameters)
        assert.ok(error instanceof errorClass, `${name}: ${String(error)}`)
        for (const [key, value] of Object.entries(facts))
          assert.deepEqual(
            (error as unknown as Record<string, unknown>)[key],
            value,
            `${name}: ${key}`,
          )
        assert.equal((error as DatabaseError).engineKey, 'default')
        assert.equal((error as DatabaseError).sql, sql)
        if (says !== undefined) assert.match(error.message, says)
        assert.doesNotMatch(error.message, /example\.org|secret|conn:|\n/)
        assert.ok(error.cause instanceof Error)
      }
    })

    it('tell deadlocks, which may be tried again', async (t) => {
      const { connection, other } = await open(t, { scheme })
      await connection.execute({ sql: "insert into author values (2, 'b')", parameters: [] })
      await connection.begin({ write: true })
      await other.begin({ write: true })
      await connection.execute({
        sql: "update author set email = 'x' where id = 1",
        parameters: [],
      })
      await other.execute({ sql: "update author set email = 'y' where id = 2", parameters: [] })
      const write = (own: Connection, id: number): Promise<unknown> =>
        Promise.resolve(
          own.execute({
            sql: 'update author set email = ? where id = ?',
            parameters: [`e${id}`, id],
          }),
        ).then(
          () => undefined,
          (error: unknown) => error,
        )
      const first = write(connection, 2)
      await new Promise((resolve) => setTimeout(resolve, 50))
      const errors = await Promise.all([write(other, 1), first])
      const [error, ...more] = errors.filter((each) => each !== undefined)
      assert.ok(error instanceof DeadlockError)
      assert.deepEqual([error.code, error.retryable, more.length], ['DEADLOCK', true, 0])
      for (const each of [connection, other]) if (each.inTransaction) await each.rollback()
    })

    it('tell locks that did not come free, in the time that the option says', async (t) => {
      const { connection, other } = await open(t, { scheme, lockTimeoutMs: 300 })
      await connection.begin({ write: true })
      await connection.execute({ sql: "update author set email = 'x'", parameters: [] })
      await other.begin({ write: true })
      const error = await failureOf(other, "update author set email = 'y'")
      assert.ok(error instanceof LockTimeoutError, String(error))
      assert.equal(other.inTransaction, true)
      const nowait = await failureOf(other, 'select * from author where id = 1 for update nowait')
      assert.ok(nowait instanceof LockTimeoutError, String(nowait))
      await other.rollback()
      await connection.rollback()
    })

    it('tell statements that took too long, in the time that the option says', async (t) => {
      const { connection } = await open(t, { scheme, statementTimeoutMs: 100 })
      const error = await failureOf(connection, 'select sleep(5) from post')
      assert.ok(error instanceof StatementTimeoutError, String(error))
      assert.deepEqual((await connection.execute({ sql: 'select 1', parameters: [] })).rows, [[1]])
    })

    it('tell what only reads', async (t) => {
      const { connection } = await open(t, { scheme })
      await connection.begin({ readOnly: true })
      const error = await failureOf(connection, 'update post set stars = 1')
      assert.ok(error instanceof ReadOnlyError, String(error))
      assert.equal(error.code, 'READ_ONLY')
      await connection.rollback()
    })

    it('tell rows that changed since the transaction began to read', async (t) => {
      const { connection, other } = await open(t, { scheme })
      await Promise.resolve(
        connection.execute({ sql: 'set session innodb_snapshot_isolation = 1', parameters: [] }),
      ).catch(() => {})
      const { rows } = await connection.execute({
        sql: "show variables like 'innodb_snapshot_isolation'",
        parameters: [],
      })
      if (rows.length === 0) {
        t.skip('this MariaDB has no innodb_snapshot_isolation')
        return
      }
      await connection.begin({ isolation: 'repeatable read', write: true })
      await connection.execute({ sql: 'select * from post', parameters: [] })
      await other.execute({ sql: 'update post set stars = 4', parameters: [] })
      const error = await failureOf(connection, 'update post set stars = 5')
      assert.ok(error instanceof SerializationError, String(error))
      assert.equal(error.retryable, true)
      if (connection.inTransaction) await connection.rollback()
    })

    it('tell who may not log in, and what is not there, at once', async (t) => {
      const url = await emptyDatabase(t, scheme)
      for (const [wrong, code, errno] of [
        [url.replace('root@', 'root:wrong-password@'), 'LOGIN_REFUSED', 1045],
        [url.replace(/\/\w+$/, '/nowhere'), 'DATABASE_NOT_FOUND', 1049],
      ] as const) {
        const engine = await openEngine(t, { url: wrong })
        await assert.rejects(engine.ping(), (error: ConfigurationError) => {
          assert.equal(error.code, code)
          assert.doesNotMatch(error.message, /wrong-password|conn:|SQLState/)
          assert.equal((error.cause as { readonly errno?: number }).errno, errno)
          return true
        })
      }
    })

    it('tell that the server cannot be reached', async (t) => {
      const { port } = await sharedServer('mariadb')
      assert.ok(port > 0)
      const engine = await openEngine(t, {
        url: `${scheme}://root@127.0.0.1:9/none`,
        reconnectWindowMs: 50,
      })
      await assert.rejects(engine.ping(), { code: 'CANNOT_OPEN', retryable: true })
    })
  })
}

describe('errors of MariaDB and MySQL', () => {
  const context = { engineKey: 'default', sql: 'select 1' }
  const numbered = (errno: number, sqlMessage = '', more: object = {}): Error =>
    Object.assign(new Error(sqlMessage), { errno, sqlMessage, ...more })

  // session 0.9
  it('are decided by their number: neither by the name that a driver gives it, nor by `fatal`', () => {
    const table: readonly (readonly [Error, ErrorClass])[] = [
      [
        numbered(4025, 'CONSTRAINT `ck` failed for `d`.`t`', {
          code: 'ER_INNODB_AUTOEXTEND_SIZE_OUT_OF_RANGE',
        }),
        CheckViolationError,
      ],
      [numbered(3819, "Check constraint 'ck' is violated."), CheckViolationError],
      [numbered(1317, 'Query execution was interrupted', { fatal: true }), CancelledError],
      [numbered(1969, '', { fatal: true, code: undefined }), StatementTimeoutError],
      [numbered(3024), StatementTimeoutError],
      [numbered(1020), SerializationError],
      [numbered(3572), LockTimeoutError],
      [numbered(1290), ReadOnlyError],
      [numbered(1836), ReadOnlyError],
      ...[1053, 1927, 2006, 2013, 4031, 45009, 45013, 45026].map(
        (errno) => [numbered(errno), DisconnectedError] as const,
      ),
      ...['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST', 'ETIMEDOUT'].map(
        (code) =>
          [Object.assign(new Error('x'), { code, errno: -104 }), DisconnectedError] as const,
      ),
      [new Error("Can't add new command when connection is in closed state"), DisconnectedError],
      [new Error('anything else'), OperationalError],
      [numbered(1040), OperationalError],
    ]
    for (const [error, errorClass] of table) {
      const translated = translateError(error, context)
      assert.ok(
        translated instanceof errorClass,
        `${String(error)}: ${translated.constructor.name}`,
      )
      assert.equal(translated.cause, error)
    }
  })

  it('name the full table or disk, and constraints as MySQL spells them', () => {
    assert.equal(translateError(numbered(1114), context).code, 'DATABASE_FULL')
    const unique = translateError(
      numbered(1062, "Duplicate entry 'it's' for key 'post.uq_title'"),
      context,
    )
    assert.equal((unique as UniqueViolationError).constraint, 'uq_title')
    const check = translateError(
      numbered(3819, "Check constraint 'ck_post_stars' is violated."),
      context,
    )
    assert.equal((check as CheckViolationError).constraint, 'ck_post_stars')
  })

  it('of a connect are passing while the server starts, restarts or has no place left', () => {
    for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EAI_AGAIN'])
      assert.equal(diagnose(Object.assign(new Error(code), { code })).kind, 'passing', code)
    for (const errno of [1040, 1203, 1047, 1053, 45009, 45012])
      assert.equal(diagnose(numbered(errno)).kind, 'passing', String(errno))
    for (const errno of [1045, 1044, 1698]) assert.equal(diagnose(numbered(errno)).kind, 'login')
    assert.equal(diagnose(numbered(1049)).kind, 'database')
    assert.equal(diagnose(numbered(1226)).kind, 'lasting')
  })
})
