import {
  DeleteQueryNode,
  InsertQueryNode,
  MergeQueryNode,
  UpdateQueryNode,
  type AbortableOperationOptions,
  type CompiledQuery,
  type DatabaseConnection,
  type QueryResult,
} from 'kysely'
import { CancelledError } from '../../errors/index.ts'
import type { Holder } from '../../pool/index.ts'
import { createKyselyBinder, kyselyIntent, type Binder, type SqlDialect } from '../../sql/index.ts'
import type { Connection } from '../connection.ts'
import type { Intent } from '../connection-source.ts'
import type { Command, DriverResult } from '../driver.ts'
import { kindOf } from '../engine-events.ts'
import type { Engine } from '../engine.ts'
import type { BeginOptions } from '../isolation.ts'

/** The columns of rows, and what makes natural values of stored forms. */
type Columns = Pick<DriverResult, 'columns' | 'natural'>

/** What Kysely holds from its acquire to its release: at most one connection of the engine, taken with the first statement. */
export class KyselyConnection implements DatabaseConnection {
  readonly #engine: Engine
  readonly #bind: Binder
  readonly #holder: { -readonly [K in keyof Holder]: Holder[K] }
  #held: Connection | undefined
  /** What it was taken for. */
  #intent: Intent = 'read'

  constructor(engine: Engine) {
    this.#engine = engine
    this.#bind = createBinder(engine.dialect)
    this.#holder = { name: `Kysely on engine "${engine.key}"`, parent: undefined }
  }

  /** The connection that it has; undefined before its first statement. */
  get held(): Connection | undefined {
    return this.#held
  }

  async begin(options: BeginOptions): Promise<void> {
    const readOnly = options.readOnly === true
    const connection = await this.#take(readOnly ? 'snapshot' : 'write')
    await connection.begin({ ...options, write: !readOnly })
  }

  async executeQuery<R>(
    query: CompiledQuery,
    options?: AbortableOperationOptions,
  ): Promise<QueryResult<R>> {
    const result = await this.#send(query, options?.signal)
    const { affectedRows, lastInsertId } = result
    const rows = rowsOf<R>(result.rows, result)
    if (!isChange(query)) return { rows }
    return {
      rows,
      numAffectedRows: BigInt(affectedRows),
      ...(lastInsertId === undefined ? {} : { insertId: BigInt(lastInsertId) }),
    }
  }

  /** Through a cursor, where the query only reads; what writes has run before its first row is given. */
  async *streamQuery<R>(
    query: CompiledQuery,
    chunkSize: number,
    options?: AbortableOperationOptions,
  ): AsyncIterableIterator<QueryResult<R>> {
    if (kyselyIntent(query.query) !== 'read') {
      const { rows } = await this.executeQuery<R>(query, options)
      for (let start = 0; start < rows.length; start += chunkSize)
        yield { rows: rows.slice(start, start + chunkSize) }
      return
    }
    let columns: Columns = {}
    const onColumns = (told: Columns): void => void (columns = told)
    const connection = await this.#take('snapshot', options?.signal)
    const command = { ...this.#commandOf(query), onColumns }
    for await (const rows of connection.stream(command, chunkSize))
      yield { rows: rowsOf<R>(rows, columns) }
  }

  /** Kysely waits for it and for the statement before it goes on with the connection. */
  async cancelQuery(): Promise<void> {
    await this.#held?.driver.cancel?.()
  }

  async killSession(): Promise<void> {
    const driver = this.#held?.driver
    await driver?.cancel?.()
    driver?.destroy?.(
      new CancelledError('The connection was closed: Kysely was told to kill the session.'),
    )
  }

  /** Gives the connection back; a transaction that is still open is rolled back. */
  release(): void {
    const connection = this.#held
    this.#held = undefined
    if (connection !== undefined) this.#engine.release(connection)
  }

  /** Of a server always the primary, where what was written can be read. An embedded database has one connection that writes, and others: the one is only taken to write. */
  async #take(wanted: Intent, signal?: AbortSignal): Promise<Connection> {
    const intent = this.#engine.dialect.supports.flights ? 'write' : wanted
    const held = this.#held
    if (held !== undefined) {
      const fits = this.#intent === 'write' || this.#intent === intent
      if (held.inTransaction || fits) return held
      this.release()
    }
    this.#holder.signal = signal
    try {
      const connection = await this.#engine.acquire(intent, this.#holder)
      this.#intent = intent
      this.#held = connection
      return connection
    } finally {
      this.#holder.signal = undefined // Kysely itself says what becomes of a statement that was sent
    }
  }

  async #send(query: CompiledQuery, signal: AbortSignal | undefined): Promise<DriverResult> {
    const connection = await this.#take(this.#intentOf(query), signal)
    return connection.execute(this.#commandOf(query))
  }

  /** Text of the developer's own may do anything; but a SELECT of SQLite, where it matters, only reads. */
  #intentOf({ query, sql }: CompiledQuery): Intent {
    const intent = kyselyIntent(query)
    if (intent !== 'raw') return intent
    return kindOf(sql) === 'select' ? 'read' : 'write'
  }

  #commandOf({ sql, parameters, query }: CompiledQuery): Command {
    const command = { sql, parameters: parameters.map(this.#bind), isRaw: true }
    return kyselyIntent(query) === 'read' ? { ...command, replay: true } : command
  }
}

/** Values as Kysely's own dialects take them: an array is one of the database where that has arrays, and JSON elsewhere. */
function createBinder(dialect: SqlDialect): Binder {
  const bind = createKyselyBinder(dialect)
  const { kyselyFlavour, encodeList } = dialect
  if (kyselyFlavour !== 'postgres' || encodeList === undefined) return bind
  return (value) => (Array.isArray(value) ? encodeList(value.map(bind)) : bind(value))
}

/** Whether it has a number of affected rows. */
function isChange({ query, sql }: CompiledQuery): boolean {
  return (
    InsertQueryNode.is(query) ||
    UpdateQueryNode.is(query) ||
    DeleteQueryNode.is(query) ||
    MergeQueryNode.is(query) ||
    (query.kind === 'RawNode' && CHANGES.has(kindOf(sql)))
  )
}

const CHANGES: ReadonlySet<string> = new Set(['insert', 'update', 'delete'])

/** Objects of rows, by the names of their columns; of two columns with one name the last counts, as everywhere in Kysely. */
function rowsOf<R>(
  rows: readonly (readonly unknown[])[],
  { columns = [], natural = [] }: Columns,
): R[] {
  return rows.map((row) => {
    const object: Record<string, unknown> = {}
    for (const [place, name] of columns.entries()) {
      const stored = row[place]
      const convert = natural[place]
      object[name] = stored === null || convert === undefined ? stored : convert(stored)
    }
    return object as R
  })
}
