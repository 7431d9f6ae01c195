import type { CallSite } from '../../errors/index.ts'
import type { Engine, IsolationLevel } from '../../engine/index.ts'
import type { Holder } from '../../pool/index.ts'
import type {
  KeysetOptions,
  KeysetPage,
  Page,
  PaginateOptions,
  Registry,
} from '../mapping/index.ts'
import type { KeysetSide } from '../../sql/index.ts'
import type { Change } from './change.ts'
import type { Tasks } from './operation-queue.ts'
import type { RowListeners } from './row-listeners.ts'

/** Options of a session. */
export interface SessionOptions {
  /** Writes pending changes before each statement, so that queries see them. Default true. */
  readonly autoflush?: boolean
  /** What a commit does to the objects in memory: `stale` (default) leaves values readable and re-reads them at the next load; `keep` trusts them; `strict` takes them from memory. */
  readonly expireOnCommit?: 'stale' | 'keep' | 'strict'
  /** Isolation level of its transactions. Default: the engine's. Above READ COMMITTED the first statement begins the transaction. */
  readonly isolation?: IsolationLevel
  /** Refuses to write. Reads stay leased. Default false. */
  readonly readOnly?: boolean
  /** False: nothing can be done before `begin()` or a transaction block. Default true. */
  readonly autobegin?: boolean
  /** When a transaction begins in the database: with the first write (default), or with the first statement. */
  readonly begin?: 'onWrite' | 'onFirstStatement'
}

/** Rows that can be fetched by pages, as the paginator sees a query. */
export interface PageSource<out T> {
  /** `Post`, for messages. */
  readonly label: string
  /** Whether the query says in which order its rows come. */
  readonly isOrdered: boolean
  /** At most `limit` rows after the first `offset`. */
  rows(limit: number, offset: number): Promise<readonly T[]>
  /** The same, with the number of all rows; null where no row is there to tell it, or where the statement cannot count beside its rows. */
  countedRows(
    limit: number,
    offset: number,
  ): Promise<{ readonly rows: readonly T[]; readonly total: number | null }>
  /** How many there are. */
  count(): Promise<number>
}

/** A row and its place in the order: the values that it is sorted by. */
export interface PlacedRow<out T> {
  readonly row: T
  readonly place: readonly unknown[]
}

/** Rows that can be fetched from a place on, as the paginator sees a query. */
export interface KeysetSource<out T> {
  /** Tells this order from others. */
  readonly order: string
  /** Whether these values can be a place in it. */
  accepts(place: readonly unknown[]): boolean
  /** At most `limit` rows, those next to the place, in the order of the query. */
  rows(limit: number, from?: KeysetFrom): Promise<readonly PlacedRow<T>[]>
}

/** A place, and the side of it that is wanted. */
export interface KeysetFrom extends KeysetSide {
  readonly place: readonly unknown[]
}

/** Tells to which call of the developer's an operation belongs, however long after it a statement is sent. */
export interface Calls {
  /** The call that the caller runs in. */
  current(): CallSite | undefined
  /** The call that is made now: what stands above the library on the stack, or the call around. */
  here(): CallSite
  run<T>(call: CallSite, fn: () => T): T
}

/** Who hears of what the session's transactions change. */
export interface ChangeSignals {
  /** Whether anybody wants to. Those who hear of it before COMMIT cost a round trip on servers: what they hear of is flushed apart from it. */
  has(event: ChangeEvent): boolean
  /** Before a commit an error stops it; after one nothing is thrown. */
  tell(event: ChangeEvent, changes: readonly Change[]): Promise<void>
}

/** When changes are told. */
export type ChangeEvent = 'beforeCommit' | 'afterCommit'

/** What surrounds a session: the app gives it. */
export interface SessionContext {
  readonly registry: Registry
  /** Tables by engine and name, with those that no model describes. Default: those of the registry. */
  readonly metadatas?: Registry['metadatas']
  /** @throws {ConfigurationError} UNKNOWN_ENGINE. */
  engine(key: string): Engine
  /** The scope, for messages and to tell when a scope waits for itself. */
  readonly holder: Holder
  readonly options: SessionOptions
  /** Checks and warnings of development. */
  readonly diagnostics: boolean
  /** Which transaction block the caller runs in; without it only handles are checked. */
  readonly tasks?: Tasks
  /** Undefined while nobody records statements: then no stack is captured. */
  readonly calls?: Calls | undefined
  /** True while the commit that ends its work is under way: then only the commit itself and its listeners may use the session. */
  readonly isEnding?: boolean
  /** The error for use after close; default: SESSION_CLOSED with the place of the close. */
  readonly closedError?: (operation: string) => Error
  /** Told what each transaction changes; without it nothing is written down. */
  readonly changeSignals?: ChangeSignals | undefined
  /** Who hears of single rows in all sessions of the Database. */
  readonly rowListeners?: RowListeners
  /** Told of listeners that failed when nothing could be taken back; default: a process warning. */
  readonly listenerFailed?: (error: unknown, event: string) => void
  /** Fetches a page of a query. */
  readonly paginate: <T>(source: PageSource<T>, options: PaginateOptions) => Promise<Page<T>>
  /** Fetches a page by keys. */
  readonly paginateKeyset: <T>(
    source: KeysetSource<T>,
    options: KeysetOptions,
  ) => Promise<KeysetPage<T>>
}
