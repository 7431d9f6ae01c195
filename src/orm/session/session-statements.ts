import { type CallSite, ReadOnlyError } from '../../errors/index.ts'
import type { Command, Connection, DriverResult, Engine } from '../../engine/index.ts'
import { valuesOf, type Statement } from '../../sql/index.ts'
import { andThen, type MaybePromise } from '../../util/index.ts'
import type { SessionConnections } from './connections.ts'
import type { Executed } from './execute.ts'
import type { SessionContext } from './session-context.ts'

interface StreamPlan {
  readonly engineKey: string
  readonly statement: Statement
  readonly chunkSize: number
  /** Whose call it is: its rows are fetched in other ones. */
  readonly call: CallSite | undefined
}

type Chunks = AsyncGenerator<Omit<Executed, 'moment'>>

/** How the statements of a session reach a database: leased, in the transaction, or beginning it. */
export class SessionStatements {
  #streams: Set<Chunks> | undefined
  readonly #context: SessionContext
  readonly #connections: SessionConnections
  readonly #onFailed: (error: unknown) => Promise<void>

  /** `onFailed` is told when an error has ended the transaction in the database, or has left it so that it can only be rolled back. */
  constructor(
    context: SessionContext,
    connections: SessionConnections,
    onFailed: (error: unknown) => Promise<void>,
  ) {
    this.#context = context
    this.#connections = connections
    this.#onFailed = onFailed
  }

  /** Whether the session, or the transaction that is open, may only read. */
  get isReadOnly(): boolean {
    return (
      this.#context.options.readOnly === true || this.#connections.policy.begin.readOnly === true
    )
  }

  engine(engineKey: string): Engine {
    return this.#context.engine(engineKey)
  }

  /** Rows of a read. */
  rows(engineKey: string, command: Command): MaybePromise<unknown[][]> {
    return andThen(this.read(engineKey, command), ({ rows }) => rows as unknown[][])
  }

  /** A read: in the transaction if there is one, else on a connection leased for it. */
  read(engineKey: string, command: Command): MaybePromise<DriverResult> {
    const { calls } = this.#context
    const own = calls === undefined ? command : { ...command, call: calls.current() }
    return this.#watched(() => this.#connections.read(this.engine(engineKey), own))
  }

  /** Sends a statement that may write, in the transaction, which begins here if there is none. */
  write(
    engineKey: string,
    send: (connection: Connection) => MaybePromise<DriverResult>,
  ): MaybePromise<DriverResult> {
    return this.#watched(() => this.begin(engineKey).then(send))
  }

  /**
   * Sends SQL that may do anything. In an open transaction it runs there; otherwise, where the database has connections that refuse to write, it is tried on one of them, so that a
   * SELECT in a text of the developer's own does not take the only writer (settled H9). Elsewhere it begins the transaction; where it may only read, one that is READ ONLY and ends with it.
   */
  async raw(
    engineKey: string,
    command: Command,
    readOnly: boolean = this.isReadOnly,
  ): Promise<DriverResult> {
    const engine = this.engine(engineKey)
    const own = await this.#connections.reading(engine)
    if (own !== undefined) return this.#watched(() => own.execute(command))
    const result = engine.dialect.supports.guardedReads
      ? await this.#connections.tryReadOnly(engine, command)
      : undefined
    if (result !== undefined) return result
    if (readOnly) return this.#connections.readOnly(engine, command)
    return this.write(engineKey, (connection) => connection.execute(command))
  }

  /** The transaction's connection. @throws {ReadOnlyError} READ_ONLY in a read-only session. */
  begin(engineKey: string): Promise<Connection> {
    this.checkMayWrite()
    return this.#connections.begin(this.engine(engineKey))
  }

  /** @throws {ReadOnlyError} READ_ONLY. */
  checkMayWrite(): void {
    if (!this.isReadOnly) return
    throw new ReadOnlyError(
      `Cannot write: the session of "${this.#context.holder.name}" is read-only. Remove { readOnly: true } from its scope, route or transaction, or write in a scope of its own.`,
    )
  }

  #watched<T>(send: () => MaybePromise<T>): MaybePromise<T> {
    try {
      const sent = send()
      return sent instanceof Promise ? sent.catch((error: unknown) => this.#follow(error)) : sent
    } catch (error) {
      return this.#follow(error)
    }
  }

  /** After an error the session follows the database: a transaction that it has ended is over here too (spec/session.md 2.44, 2.45). */
  async #follow(error: unknown): Promise<never> {
    if (this.#connections.isLost || this.#connections.hasFailed) await this.#onFailed(error)
    throw error
  }

  /** Rows of a statement in chunks, on a connection of its own, or on the transaction's. What is left open when the session ends is closed with it. */
  stream(engineKey: string, statement: Statement, chunkSize: number): Chunks {
    const chunks: Chunks = this.#chunks(
      { engineKey, statement, chunkSize, call: this.#context.calls?.current() },
      () => this.#streams?.delete(chunks),
    )
    ;(this.#streams ??= new Set()).add(chunks)
    return chunks
  }

  /** Ends the streams that nobody has read to their end, and gives their connections back. */
  closeStreams(): MaybePromise<unknown> {
    const streams = [...(this.#streams ?? [])]
    this.#streams = undefined
    return streams.length === 0
      ? undefined
      : Promise.allSettled(streams.map((chunks) => chunks.return(undefined)))
  }

  async *#chunks({ engineKey, statement, chunkSize, call }: StreamPlan, ended: () => void): Chunks {
    const engine = this.engine(engineKey)
    const values = valuesOf(statement)
    const compiled = engine.statements.get(
      statement,
      values,
      engine.dialect,
      this.#context.registry,
    )
    const own = this.#connections.held(engine)
    const connection = own ?? (await engine.acquire('snapshot', this.#context.holder))
    try {
      for await (const rows of connection.stream({ ...compiled.command(values), call }, chunkSize))
        yield { compiled, result: { rows, affectedRows: 0 } }
    } finally {
      ended()
      if (own === undefined) engine.release(connection)
    }
  }
}
