import { ReadOnlyError } from '../../errors/index.ts'
import type { Command, Connection, DriverResult, Engine } from '../../engine/index.ts'
import { valuesOf, type Statement } from '../../sql/index.ts'
import type { ColumnNames, SessionConnections } from './connections.ts'
import type { Executed } from './execute.ts'
import type { SessionContext } from './session-context.ts'
import type { SessionTransaction } from './session-transaction.ts'

/** How the statements of a session reach a database: leased, in the transaction, or beginning it. */
export class SessionStatements {
  readonly #context: SessionContext
  readonly #connections: SessionConnections
  readonly #transaction: SessionTransaction

  constructor(context: SessionContext, connections: SessionConnections, transaction: SessionTransaction) {
    this.#context = context
    this.#connections = connections
    this.#transaction = transaction
  }

  engine(engineKey: string): Engine {
    return this.#context.engine(engineKey)
  }

  /** Rows of a read. */
  async rows(engineKey: string, command: Command): Promise<unknown[][]> {
    return (await this.read(engineKey, command)).rows as unknown[][]
  }

  /** A read: in the transaction if there is one, else on a connection leased for it. */
  read(engineKey: string, command: Command, names: ColumnNames = 'known'): Promise<DriverResult> {
    return this.#watched(() => this.#connections.read(this.engine(engineKey), command, names))
  }

  /** Sends a statement that may write, in the transaction, which begins here if there is none. */
  write(engineKey: string, send: (connection: Connection) => Promise<DriverResult> | DriverResult): Promise<DriverResult> {
    return this.#watched(async () => send(await this.begin(engineKey)))
  }

  /**
   * Sends SQL that may do anything. In an open transaction it runs there; otherwise, where the database has connections that refuse to write, it is tried on one of them, so that a
   * SELECT in a text of the developer's own does not take the only writer (settled H9). Elsewhere it begins the transaction.
   */
  async raw(engineKey: string, command: Command): Promise<DriverResult> {
    const engine = this.engine(engineKey)
    if (this.#connections.held(engine) === undefined && engine.dialect.supports.guardedReads) {
      const result = await this.#connections.tryReadOnly(engine, command)
      if (result !== undefined) return result
    }
    return this.write(engineKey, (connection) => connection.executeNamed(command))
  }

  /** The transaction's connection. @throws {ReadOnlyError} READ_ONLY in a read-only session. */
  async begin(engineKey: string): Promise<Connection> {
    if (this.#context.options.readOnly === true) throw readOnly(this.#context.holder.name)
    return this.#connections.begin(this.engine(engineKey))
  }

  /** After an error the session follows the database: a transaction that it has ended is over here too (spec/session.md 2.44, 2.45). */
  async #watched<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send()
    } catch (error) {
      if (this.#connections.isLost) this.#transaction.fail(error)
      throw error
    }
  }

  /** Rows of a statement in chunks, on a connection of its own, or on the transaction's. */
  async *stream(engineKey: string, statement: Statement, chunkSize: number): AsyncGenerator<Executed> {
    const engine = this.engine(engineKey)
    const values = valuesOf(statement)
    const compiled = engine.statements.get(statement, values, engine.dialect, this.#context.registry)
    const command = { sql: compiled.sql, parameters: compiled.bind(values) }
    const own = this.#connections.held(engine)
    const connection = own ?? (await engine.acquire('snapshot', this.#context.holder))
    try {
      for await (const rows of connection.stream(command, chunkSize)) yield { compiled, result: { rows, affectedRows: 0 } }
    } finally {
      if (own === undefined) engine.release(connection)
    }
  }
}

/** The error of a session that may not write. */
export function readOnly(scope: string): ReadOnlyError {
  return new ReadOnlyError(`Cannot write: the session of "${scope}" is read-only. Remove { readOnly: true } from its scope or route, or write in a scope of its own.`)
}
