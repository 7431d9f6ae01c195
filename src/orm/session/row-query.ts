import { MultipleResultsFoundError, NoResultFoundError } from '../../errors/index.ts'
import type { SelectStatement } from '../../sql/index.ts'
import type { Page, PaginateOptions, RowQuery, StreamOptions } from '../mapping/index.ts'
import { engineKeyOf, execute, type Executed } from './execute.ts'
import type { SessionCore } from './session-core.ts'
import { StreamedChunk } from './streamed-chunk.ts'

const CHUNK_SIZE = 500

/** Finds the session when a query is executed, not when it is built. */
export type CoreSource = () => SessionCore

/** What queries for objects and for values have in common: how their rows are fetched. Immutable. */
export abstract class SelectQuery<Row> implements RowQuery<Row> {
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
  protected abstract rowsOf(core: SessionCore, executed: Executed): Promise<Row[]>
  /** `a Post`, for messages. */
  protected abstract get label(): string
  /** The query in an order that makes "first" mean something. */
  protected abstract get ordered(): SelectQuery<Row>

  /** The statement inside another one, for `in(query)`. */
  toSubquery(): ReturnType<SelectStatement['toSubquery']> {
    return this.statement.toSubquery()
  }

  all(): Promise<Row[]> {
    return this.#run(async (core) => this.rowsOf(core, await execute(core, this.sent, 'read')))
  }

  async first(): Promise<Row | null> {
    const { ordered } = this
    const [row] = await ordered.withStatement(ordered.statement.limit(1)).all()
    return row ?? null
  }

  async oneOrNull(): Promise<Row | null> {
    return (await this.#atMostOne())[0] ?? null
  }

  async one(): Promise<Row> {
    const rows = await this.#atMostOne()
    if (rows.length === 0)
      throw new NoResultFoundError(
        `Cannot take the only row: the query for ${this.label} gives none. Ask for oneOrNull() where that may be.`,
      )
    return rows[0] as Row
  }

  async #atMostOne(): Promise<Row[]> {
    const rows = await this.withStatement(this.statement.limit(2)).all()
    if (rows.length > 1)
      throw new MultipleResultsFoundError(
        `Cannot take the only row: the query for ${this.label} gives at least 2. Narrow its conditions, or ask for first() or all().`,
      )
    return rows
  }

  async count(): Promise<number> {
    const { result } = await this.#run((core) => execute(core, this.statement.asCount(), 'read'))
    return Number(result.rows[0]?.[0] ?? 0)
  }

  async exists(): Promise<boolean> {
    const { result } = await this.#run((core) => execute(core, this.statement.asExists(), 'read'))
    return Boolean(Number(result.rows[0]?.[0] ?? 0))
  }

  paginate(options: PaginateOptions = {}): Promise<Page<Row>> {
    const { ordered } = this
    return this.core().context.paginate<Row>(
      {
        rows: (limit, offset) =>
          ordered.withStatement(ordered.statement.limit(limit).offset(offset)).all(),
        count: () => this.count(),
      },
      options,
    )
  }

  async *stream(options: StreamOptions = {}): AsyncGenerator<Row> {
    const core = this.core()
    const { sent } = this
    const { chunkSize = CHUNK_SIZE, track = false } = options
    core.checkOpen('stream')
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

  #run<T>(body: (core: SessionCore) => Promise<T>): Promise<T> {
    const core = this.core()
    const { sent } = this
    const mayShare = sent.locking
      ? undefined
      : (): boolean => core.mayShareRead(engineKeyOf(core, sent))
    const query = async (): Promise<T> => {
      await core.autoflush(`query for ${this.label}`)
      return body(core)
    }
    return core.run('query', query, mayShare)
  }
}
