import { DisconnectedError, IllegalStateError } from '../errors/index.ts'
import type {
  Command,
  ConnectionSource,
  DriverConnection,
  DriverResult,
  Engine,
} from '../engine/index.ts'
import type { Holder } from '../pool/index.ts'
import { JoinedConnection } from './joined-connection.ts'
import { Turns } from './turns.ts'

/** Whose it is, and how long others wait for their turn. */
export interface TestTransactionOptions {
  readonly holder: Holder
  readonly waitMs: number
}

/** Who asks for a connection, and for what. */
export interface Asker {
  readonly holder: Holder
  readonly onlyReads: boolean
}

/** The transaction of a test on one engine: begun at the first use of the engine, rolled back at the end of the test. */
export class TestTransaction {
  readonly turns: Turns
  readonly #engine: Engine
  readonly #source: ConnectionSource
  readonly #holder: Holder
  #begun: Promise<DriverConnection> | undefined
  /** Why nothing can be done in it any more. */
  #end: IllegalStateError | undefined
  #savepoints = 0

  constructor(
    engine: Engine,
    source: ConnectionSource,
    { holder, waitMs }: TestTransactionOptions,
  ) {
    this.#engine = engine
    this.#source = source
    this.#holder = holder
    this.turns = new Turns(waitMs)
  }

  /** A part of it, which looks like a connection. @throws what stands in the way of the real one; @throws {IllegalStateError} TEST_SCOPE_LOST. */
  async join({ holder, onlyReads }: Asker): Promise<JoinedConnection> {
    if (this.#end !== undefined) throw this.#end
    this.#begun ??= this.#begin().catch((error: unknown) => {
      this.#begun = undefined
      throw error
    })
    const { turns } = this
    const connection = await this.#begun
    const place = {
      connection,
      turns,
      nameSavepoint: () => this.#nameSavepoint(),
      send: (command: Command) => this.#send(connection, command),
      lose: (cause: unknown) => this.#lose(cause),
      isOver: () => this.#end !== undefined,
    }
    return new JoinedConnection(place, { engineKey: this.#engine.key, holder, onlyReads })
  }

  /** Undoes everything. Waits for a statement that is under way; never rejects. */
  async rollBack(): Promise<void> {
    const begun = this.#begun
    this.#begun = undefined
    this.#end ??= endedError(this.#engine.key)
    await this.turns.end(this.#end)
    const connection = await begun?.catch(() => undefined) // who asked for it has heard
    if (connection === undefined) return
    try {
      if (connection.inTransaction) await connection.execute(ROLLBACK)
      this.#source.release(connection)
    } catch (error) {
      this.#source.invalidate(connection, error) // closed: the database rolls back by itself
    }
  }

  /** Sends a statement of the one whose turn it is. */
  async #send(connection: DriverConnection, command: Command): Promise<DriverResult> {
    if (this.#end !== undefined) throw this.#end
    const { dialect } = this.#engine
    if (!dialect.supports.transactionalDdl && commitsByItself(command))
      throw ddlError(this.#engine, command)
    try {
      const result = await connection.execute(command)
      if (!connection.inTransaction) throw this.#lose(undefined)
      return result
    } catch (error) {
      if (connection.isOpen && connection.inTransaction) throw error
      throw this.#lose(error)
    }
  }

  #lose(cause: unknown): IllegalStateError {
    if (this.#end !== undefined) return this.#end
    const { key } = this.#engine
    const error = new IllegalStateError(
      `Cannot go on in the test scope: its transaction on engine "${key}" has ended before it; the cause says why, or a statement that commits by itself was the reason. Nothing more can be done in this test: end its scope.`,
      { code: 'TEST_SCOPE_LOST', cause, info: { engineKey: key } },
    )
    this.#end = error
    void this.turns.end(error)
    return error
  }

  #nameSavepoint(): string {
    this.#savepoints += 1
    return `athanor_test_${this.#savepoints}`
  }

  async #begin(): Promise<DriverConnection> {
    try {
      return await this.#beginOnce()
    } catch (error) {
      if (!(error instanceof DisconnectedError)) throw error
      return this.#beginOnce() // it had died in the pool, and all of its time are gone now
    }
  }

  async #beginOnce(): Promise<DriverConnection> {
    const connection = await this.#source.acquire('write', this.#holder)
    const { key: engineKey, dialect, options } = this.#engine
    const isolation = options.isolation === 'autocommit' ? undefined : options.isolation
    try {
      await sendPrelude(connection, dialect.beginSql({ isolation, write: true }))
      return connection
    } catch (error) {
      const failure = dialect.translateError(error, { engineKey })
      this.#source.invalidate(connection, failure)
      throw failure
    }
  }
}

const ROLLBACK: Command = { sql: 'rollback', parameters: [] }

async function sendPrelude(connection: DriverConnection, texts: readonly string[]): Promise<void> {
  const prelude = texts.map((sql) => ({ sql, parameters: [] }))
  if (connection.flight === undefined)
    for (const command of prelude) await connection.execute(command)
  else {
    const { error } = await connection.flight({ prelude, commands: [], commit: false })
    if (error !== undefined) throw error
  }
}

/** Whether MariaDB and MySQL commit what is open when they meet it. */
function commitsByItself({ sql }: Command): boolean {
  return (
    /^\s*(?:create|alter|drop|rename|truncate|grant|revoke|lock|unlock|analyze|optimize|repair)\b/i.test(
      sql,
    ) && !/^\s*(?:create\s+(?:or\s+replace\s+)?|drop\s+)temporary\b/i.test(sql)
  )
}

function ddlError({ key, dialect }: Engine, { sql }: Command): IllegalStateError {
  return new IllegalStateError(
    `Cannot run "${sql.trim().split(/\s+/, 3).join(' ')} …" on engine "${key}" in a test scope: ${dialect.name} commits what is open when it meets such a statement, and the test could not be rolled back. Create the tables before testScope(db), once for all tests.`,
    { info: { engineKey: key } },
  )
}

function endedError(engineKey: string): IllegalStateError {
  return new IllegalStateError(
    `Cannot go on on engine "${engineKey}": the test scope in which this work was begun has ended, and all of it is rolled back. Await the work before the end of the test.`,
    { info: { engineKey } },
  )
}
