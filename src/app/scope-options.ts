import type { IsolationLevel } from '../engine/index.ts'
import type { Schemas } from '../orm/index.ts'
import type { CommitPolicy } from './outcome.ts'
import type { PageQuery } from './pagination/index.ts'
import type { StandIns } from './stand-ins.ts'

/** What opened a scope. All kinds behave alike. */
export type ScopeKind = 'request' | 'job' | 'command' | 'test'

/** How the unit of work of a scope runs. */
export interface ScopeSettings {
  /** What messages call the scope: `GET /posts/:id`, `nightly`. */
  readonly name?: string
  /** Default `'job'`. */
  readonly kind?: ScopeKind
  /** Who commits. Default: what the Database says, else `'manual'`. */
  readonly commit?: CommitPolicy
  /** Isolation level of its transactions. Default: the engine's. */
  readonly isolation?: IsolationLevel
  /** True: a flush with changes is refused. Default false. */
  readonly readOnly?: boolean
  /**
   * Engines that stand in for others: `{ default: 'acme' }` sends what belongs to the default engine to the engine "acme", for a tenant with a database
   * of its own. Of the same dialect. Default: what the scope around it says.
   */
  readonly engines?: StandIns | undefined
  /**
   * Schemas that the tables of models stand in, by the keys of their engines: `{ default: 'acme' }` has the scope work on `"acme"."post"`, for tenants that share a database and
   * its pool. On MySQL and MariaDB a schema is a database of the same server; SQLite has none. Default: what the scope around it says, else the connection's own.
   */
  readonly schemas?: Schemas | undefined
}

/** How a scope is opened. */
export interface ScopeOptions extends ScopeSettings {
  /** The application whose engines are used; needed only where several are registered. */
  readonly app?: object
  /** Milliseconds until the scope is ended by force: rolled back, closed, its signal aborted. Default: never. */
  readonly timeoutMs?: number
  /** Ends the scope by force when it aborts. */
  readonly signal?: AbortSignal
}

/** What only the adapter of a web framework knows of a request. One object a request; nothing is read before it is needed. */
export interface ScopeEdge {
  /** Name and options of the route. */
  settings(): ScopeSettings
  /** The status that the reply has now or, given what a handler returned, would get by it. */
  statusOf(result?: unknown): number
  /** What the query string says of pages. */
  pageQuery(): PageQuery
  /** Called once, before the scope's session is made. */
  firstUse(): void
}

/** How the work in a scope ended, as the one who settles it knows. */
export interface ScopeEnd {
  /** The status of the reply that is about to be sent. */
  readonly status?: number
  /** True when a stream follows as the reply's body: the session stays open for reading until the scope is closed. */
  readonly streaming?: boolean
  /** Why the scope has ended, for the error of a late use: `its reply 200 was handed over`. */
  readonly reason?: string
}
