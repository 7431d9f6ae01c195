import { MultipleResultsFoundError, NoResultFoundError } from '../../errors/index.ts'
import {
  countBeside,
  type LayoutItem,
  type SelectItem,
  type SelectStatement,
  type Statement,
} from '../../sql/index.ts'
import type {
  KeysetOptions,
  KeysetPage,
  Page,
  PaginateOptions,
  RowQuery,
  StreamOptions,
} from '../mapping/index.ts'
import { andThen, promiseOf, type MaybePromise } from '../../util/index.ts'
import { engineKeyOf, execute, type Executed } from './execute.ts'
import type { HeadQuery } from './head-of.ts'
import { keysetOf, orderText } from './keyset-source.ts'
import type { SessionCore } from './session-core.ts'
import type { PlacedRow } from './session-context.ts'
import { StreamedChunk } from './streamed-chunk.ts'

const CHUNK_SIZE = 500

/** Finds the session when a query is executed, not when it is built. */
export type CoreSource = () => SessionCore

/** What queries for objects and for values have in common: how their rows are fetched. Immutable. */
export abstract class SelectQuery<Row> implements RowQuery<Row>, HeadQuery<Row> {
  declare readonly $row: Row
  readonly core: CoreSource
  readonly statement: SelectStatement

  constructor(core: CoreSource, statement: SelectStatement) {
    this.core = core
    this.statement = statement
  }

  /** This query with another statement. */
  protected abstract withStatement(statement: SelectStatement): SelectQuery<Row>
  /** What is sent: the statement, with whatever the query adds to it. */
  protected abstract get sent(): SelectStatement
  /** Makes rows of what came back; `track` false lets objects go again. */
  protected abstract rowsOf(core: SessionCore, executed: Executed): MaybePromise<Row[]>
  /** `a Post`, for messages. */
  protected abstract get label(): string

  /** The statement inside another one, for `in(query)`. */
  toSubquery(): ReturnType<SelectStatement['toSubquery']> {
    return this.statement.toSubquery()
  }

  all(): Promise<Row[]> {
    return this.#taking((rows) => rows)
  }

  head(count: number): Promise<Row[]> {
    return this.withStatement(this.statement.orderByKey()).taking(count, (rows) => rows)
  }

  /** What `take` makes of the first rows, as many as that. */
  protected taking<T>(count: number, take: (rows: Row[]) => T): Promise<T> {
    return this.withStatement(this.statement.slice(count)).#taking(take)
  }

  first(): Promise<Row | null> {
    return this.withStatement(this.statement.orderByKey()).taking(1, ([row]) => row ?? null)
  }

  oneOrNull(): Promise<Row | null> {
    return this.#atMostOne(([row]) => row ?? null)
  }

  one(): Promise<Row> {
    return this.#atMostOne((rows) => {
      if (rows.length > 0) return rows[0] as Row
      throw new NoResultFoundError(
        `Cannot take the only row: the query for ${this.label} gives none. Ask for oneOrNull() where that may be.`,
      )
    })
  }

  count(): Promise<number> {
    return this.#ask(this.statement.asCount(), Number)
  }

  exists(): Promise<boolean> {
    return this.#ask(this.statement.asExists(), (answer) => Boolean(Number(answer)))
  }

  async paginate(options: PaginateOptions = {}): Promise<Page<Row>> {
    const { statement, label } = this
    const page = (limit: number, offset: number): SelectQuery<Row> =>
      this.withStatement(statement.orderByKey().slice(limit, offset))
    const canCountBeside = !statement.isBounded && !statement.isDistinct && !statement.locking
    return this.core().context.paginate<Row>(
      {
        label,
        isOrdered: statement.isOrdered,
        rows: (limit, offset) => page(limit, offset).all(),
        countedRows: async (limit, offset) => {
          const query = page(limit, offset)
          if (!canCountBeside) return { rows: await query.all(), total: null }
          const counted = await query.#beside([{ kind: 'value', expression: countBeside() }])
          return { rows: counted.map(({ row }) => row), total: totalOf(counted) }
        },
        count: () => this.count(),
      },
      options,
    )
  }

  async paginateKeyset(options: KeysetOptions = {}): Promise<KeysetPage<Row>> {
    const core = this.core()
    const { statement } = this
    const keyset = keysetOf(core, statement, this.label)
    return core.context.paginateKeyset<Row>(
      {
        order: orderText(core, statement, keyset),
        accepts: (place) => keyset.accepts(place),
        rows: async (limit, from) => {
          const conditions = from === undefined ? [] : [keyset.beside(from.place, from)]
          const rows = await this.withStatement(
            statement
              .where(...conditions)
              .reorderedBy(keyset.order(from?.direction))
              .limit(limit),
          ).#beside(keyset.items)
          return from?.direction === 'before' ? rows.toReversed() : rows
        },
      },
      options,
    )
  }

  async *stream(options: StreamOptions = {}): AsyncGenerator<Row> {
    const core = this.core()
    const { sent } = this
    const { chunkSize = CHUNK_SIZE, track = false } = options
    core.checkMayBegin('stream')
    const { call } = core
    await core.run('stream', () => core.autoflush(`stream of ${this.label}`))
    const moment = { epoch: core.epoch, transactionId: core.connections.transactionId }
    const chunks = core.asCall(
      () => core.statements.stream(engineKeyOf(core, sent), sent, chunkSize),
      call,
    )
    for await (const { compiled, result } of chunks) {
      const chunk = track ? undefined : new StreamedChunk(core)
      const rows = await core.run('stream', () => this.rowsOf(core, { compiled, result, moment }))
      chunk?.loaded()
      try {
        yield* rows
      } finally {
        chunk?.release()
      }
    }
    core.checkOpen('stream') // the end of the session is not the end of the rows
  }

  /** The rows, and beside each the values of further expressions. */
  #beside(items: readonly SelectItem[]): Promise<PlacedRow<Row>[]> {
    return this.#run(async (core) => {
      const { sent } = this
      const executed = await execute(core, sent.selecting([...sent.items, ...items]), 'read')
      const { compiled, result } = executed
      const added = compiled.layout.slice(-items.length)
      const width = added[0]?.offset ?? 0
      const rows = await this.rowsOf(core, {
        ...executed,
        result: { ...result, rows: result.rows.map((row) => row.slice(0, width)) },
      })
      return rows.map((row, i) => ({ row, place: added.map(valueIn(result.rows[i] ?? [])) }))
    })
  }

  #atMostOne<T>(take: (rows: Row[]) => T): Promise<T> {
    return this.taking(2, (rows) => {
      if (rows.length <= 1) return take(rows)
      throw new MultipleResultsFoundError(
        `Cannot take the only row: the query for ${this.label} gives at least 2. Narrow its conditions, or ask for first() or all().`,
      )
    })
  }

  /** What `take` makes of the rows. */
  #taking<T>(take: (rows: Row[]) => T): Promise<T> {
    return this.#run((core) =>
      andThen(execute(core, this.sent, 'read'), (executed) =>
        andThen(this.rowsOf(core, executed), take),
      ),
    )
  }

  /** What `read` makes of the one value that a question about the rows gives. */
  #ask<T>(question: Statement, read: (answer: unknown) => T): Promise<T> {
    return this.#run((core) =>
      andThen(execute(core, question, 'read'), ({ result }) => read(result.rows[0]?.[0] ?? 0)),
    )
  }

  /** Without a scope or an open session the promise is rejected; whoever is queued is so in the order of the calls. */
  #run<T>(body: (core: SessionCore) => MaybePromise<T>): Promise<T> {
    return promiseOf(() => {
      const core = this.core()
      const { sent } = this
      const mayShare = sent.locking
        ? undefined
        : (): boolean => core.mayShareRead(engineKeyOf(core, sent))
      return core.run(
        'query',
        () => andThen(core.autoflush(`query for ${this.label}`), () => body(core)),
        mayShare,
      )
    })
  }
}

function totalOf(counted: readonly PlacedRow<unknown>[]): number | null {
  return counted[0] === undefined ? null : Number(counted[0].place[0])
}

function valueIn(row: readonly unknown[]) {
  return (item: LayoutItem): unknown => {
    const stored = row[item.offset]
    return item.kind === 'value' && item.decode !== undefined ? item.decode(stored) : stored
  }
}
