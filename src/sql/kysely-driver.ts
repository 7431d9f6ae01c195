import {
  SelectQueryNode,
  RawNode,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  type RootOperationNode,
} from 'kysely'
import { IllegalStateError } from '../errors/index.ts'
import { columnTypes } from '../schema/index.ts'
import { createRawBinder, type Binder } from './binder.ts'
import type {
  KyselyAnswer,
  KyselyBridge,
  KyselyCommand,
  KyselyIntent,
  KyselyRoute,
} from './kysely-bridge.ts'
import { outputColumns } from './kysely-output.ts'
import type { SqlDialect } from './sql-dialect.ts'

/** Hands Kysely's queries to the session. Connections, transactions and the end are the session's own affair. */
export class BridgeDriver implements Driver {
  readonly #connection: BridgeConnection

  constructor(route: KyselyRoute) {
    this.#connection = new BridgeConnection(route)
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(this.#connection)
  }

  async releaseConnection(): Promise<void> {}

  beginTransaction(): Promise<void> {
    return Promise.reject(refused('begin'))
  }

  commitTransaction(): Promise<void> {
    return Promise.reject(refused('commit'))
  }

  rollbackTransaction(): Promise<void> {
    return Promise.reject(refused('roll back'))
  }

  async destroy(): Promise<void> {}
}

class BridgeConnection implements DatabaseConnection {
  readonly #route: KyselyRoute

  constructor(route: KyselyRoute) {
    this.#route = route
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const bridge = this.#route(query.query)
    const command = commandOf(query, bridge.dialect)
    const answer = await bridge.execute(command)
    const rows = createRowReader<R>(query.query, bridge)(answer)
    if (command.intent === 'read') return { rows }
    const { affectedRows, lastInsertId } = answer
    return {
      rows,
      numAffectedRows: BigInt(affectedRows),
      ...(lastInsertId === undefined ? {} : { insertId: BigInt(lastInsertId) }),
    }
  }

  async *streamQuery<R>(
    query: CompiledQuery,
    chunkSize: number,
  ): AsyncIterableIterator<QueryResult<R>> {
    const bridge = this.#route(query.query)
    const read = createRowReader<R>(query.query, bridge)
    for await (const answer of bridge.stream(commandOf(query, bridge.dialect), chunkSize))
      yield { rows: read(answer) }
  }
}

function commandOf({ sql, parameters, query }: CompiledQuery, dialect: SqlDialect): KyselyCommand {
  const bind = createKyselyBinder(dialect)
  return { sql, parameters: parameters.map(bind), intent: kyselyIntent(query), node: query }
}

/** What a query may do: a SELECT reads unless it locks or holds a WITH that writes; text of the developer's own may do anything. */
export function kyselyIntent(query: RootOperationNode): KyselyIntent {
  if (RawNode.is(query)) return 'raw'
  if (!SelectQueryNode.is(query) || query.endModifiers !== undefined) return 'write'
  const parts = query.with?.expressions ?? []
  return parts.every(({ expression }) => SelectQueryNode.is(expression)) ? 'read' : 'write'
}

/** Kysely's types know model columns, its parameters do not: each value is bound as what it is, and a plain object or array as JSON. */
export function createKyselyBinder(dialect: SqlDialect): Binder {
  const bind = createRawBinder(dialect, 'a Kysely query')
  const encodeJson = dialect.codec(columnTypes.json).encode
  return (value) => {
    if (!isPlain(value)) return bind(value)
    return encodeJson === undefined ? value : encodeJson(value)
  }
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return true
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Makes objects of rows; values of model columns are decoded as the model does it. */
function createRowReader<R>(
  query: RootOperationNode,
  { columnOf, dialect }: KyselyBridge,
): (answer: KyselyAnswer) => R[] {
  const outputColumn = columnOf === undefined ? undefined : outputColumns(query, columnOf)
  return ({ rows, columns = [], natural = [] }) => {
    const decoders = columns.map((name, place) => {
      const column = outputColumn?.(name)
      return column === undefined ? natural[place] : dialect.codec(column.type).decode
    })
    return rows.map((row) => {
      const entries = columns.map((name, place) => {
        const stored = row[place]
        const decode = decoders[place]
        return [name, stored === null || decode === undefined ? stored : decode(stored)]
      })
      return Object.fromEntries(entries) as R
    })
  }
}

function refused(operation: string): IllegalStateError {
  return new IllegalStateError(
    `Cannot ${operation} a transaction through Kysely: its queries run in the session's own, which commits and rolls back everything together. Use db.transaction(async () => { … }), and db.kysely inside it.`,
  )
}
