import type { Server, ServerResponse } from 'node:http'
import type { CommitPolicy, Database, IsolationLevel } from 'athanor'
import type { models } from '../../app/support.ts'

export type Db = Database<typeof models>

/** Headers that a handler sets, the way its framework sets them. */
type Headers = Readonly<Record<string, string>>

/** What a handler answers; the adapter under test sends it as its framework does. */
export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'empty'; readonly status: number }
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string }
  | { readonly kind: 'stream'; readonly type: string; readonly chunks: AsyncIterable<string> }
  /** Written on Node's response, past the framework where it has replies of its own. */
  | { readonly kind: 'raw'; readonly write: (response: ServerResponse) => void }
  /** Two replies, one after the other, the way a forgotten `return` sends them. */
  | { readonly kind: 'twice'; readonly first: unknown; readonly second: unknown }
  /** The reply, and what the handler does behind it. */
  | { readonly kind: 'goes on'; readonly body: unknown; readonly next: () => void }

/** A reply with headers. */
export interface Reply {
  readonly headers?: Headers
  readonly answer: Answer
}

/** What a handler is told of its request. */
export interface Call {
  readonly title: string
  readonly body: unknown
}

export type Handle = (call: Call) => Promise<Reply> | Reply

/** Options that all adapters and routes have. */
interface Work {
  readonly commit?: CommitPolicy
  readonly isolation?: IsolationLevel
  readonly readOnly?: boolean
}

export interface Options extends Work {
  readonly graceMs?: number
  readonly onAbort?: 'finish' | 'cancel'
  readonly pageParameters?: { readonly page?: string; readonly perPage?: string }
  readonly engines?: (request: unknown) => Readonly<Record<string, string>> | undefined
  readonly schemas?: (request: unknown) => Readonly<Record<string, string>> | undefined
}

/** An application to be made: `/posts/:title` by any method, and nothing else. */
export interface AppSpec {
  readonly db: Db
  readonly options: Options
  readonly route: Work | undefined
  readonly handle: Handle
  /** Runs before the handler, as a framework's middleware, hook or guard. */
  readonly before: (() => Promise<void>) | undefined
  /** Answers errors, as the framework's error handler; the header `x-handled` tells that it did. Undefined: the framework's own. */
  readonly errorPage:
    | ((error: unknown) => { readonly status: number; readonly body: unknown })
    | undefined
  /** Whether the handler answers past the framework: some have another kind of handler for it. */
  readonly isRaw: boolean
}

/** What an application does with a message of a web socket; answers go back by `send`. */
export type OnMessage = (text: string, send: (text: string) => void) => void

/** An application with a web socket under `/socket`. */
export interface SocketSpec extends Pick<AppSpec, 'db' | 'options'> {
  readonly onMessage: OnMessage
}

interface Started {
  readonly server: Server
  /** Ends it as its quickstart does. */
  close(): Promise<void>
}

/** An adapter under test. */
export interface Adapter {
  readonly name: string
  /** An error that the framework answers with 403. */
  readonly forbidden: () => Error
  /** True: an error that the error page answers with 200 is a failure to `'onSuccess'` all the same. */
  readonly seesHandledErrors: boolean
  /** True: a commit that fails behind a raw reply reaches the error page too. */
  readonly rawReachesErrorPage: boolean
  /** True: a body that cannot be parsed is answered before the handler. */
  readonly hasBodyParser: boolean
  /** True: a path without a route is answered by the framework. */
  readonly hasRouter: boolean
  /** False: the framework's own error page shows the message of whatever was thrown. */
  readonly hidesMessages: boolean
  /** Scopes that a request with a broken body has: none where the body is parsed before. */
  readonly scopesOfBrokenBodies: number
  /** The application, as a listener of Node's server or with a server of its own that does not listen yet. */
  start(spec: AppSpec): Promise<Started>
  /** The application with a web socket, where the framework has routes for them; elsewhere upgrades pass by it. */
  startSockets?(spec: SocketSpec): Promise<Started>
}
