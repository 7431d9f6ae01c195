import type { Command, DriverResult } from '../../engine/index.ts'

/** One statement on the wire. */
export interface Request {
  readonly sql: string
  /** Values, checked and in the driver's forms; undefined = the text is sent as it is, by the text protocol. */
  readonly parameters: readonly unknown[] | undefined
  /** Whether the result names its columns. */
  readonly isRaw: boolean
  /** Of a stream: told its columns before its first rows. */
  readonly onColumns?: Command['onColumns'] | undefined
  /** Whether the rows that it gives are rows that it changed. */
  readonly isReturning: boolean
  /** Whether it is kept prepared. */
  readonly isKept: boolean
}

/** What came back of a request: a result, or what the driver threw. */
export interface Reply {
  readonly result?: DriverResult
  readonly error?: unknown
}

/** One connection as a driver package gives it, behind the least that both packages can do. */
export interface Transport {
  /** Whether requests may be sent before the replies to earlier ones. */
  readonly pipelines: boolean
  /** Whether the server is a MariaDB that has compound statements and EXECUTE IMMEDIATE (10.2.3). */
  readonly hasCompoundStatements: boolean
  /**
   * Whether a text is prepared, and the answer waited for, before it is executed. On a cluster a PREPARE may be refused because of another node, and an EXECUTE that travels with it would run
   * whatever was prepared before.
   */
  preparesApart: boolean
  /** The server's number for the connection, for KILL. */
  readonly threadId: number
  /** Whether a transaction is open, as the last reply that was no error told. */
  readonly inTransaction: boolean
  /** Never rejects. Requests are executed in the order of the calls. */
  send(request: Request): Promise<Reply>
  /** Those of the texts that are not prepared yet, and can be used only once in a flight therefore: the driver looks for a statement when something is sent. */
  unprepared(texts: Iterable<string>): readonly string[]
  /** Prepares a text, to be kept. What cannot be prepared says so when it is sent. */
  prepare(sql: string): Promise<void>
  /** Keeps what is sent in `send` back until it returns, and sends it at once. */
  together<T>(send: () => T): T
  /** Rows in chunks. Leaving the loop early reads and drops what is still coming. @throws what the driver throws. */
  stream(request: Request, chunkSize: number): AsyncIterable<readonly unknown[][]>
  /** Has the server make the session a new one; what was prepared is gone. @throws what the driver throws. */
  reset(): Promise<void>
  /** Says goodbye to the server and closes the socket. */
  close(): Promise<void>
  /** Ends the socket at once. */
  destroy(): void
}

/** What a transport reports by itself. */
export interface TransportEvents {
  /** The connection was lost, perhaps while nothing was sent; called at least once. */
  lost(error: unknown): void
}

/** A request without values, by the text protocol: what cannot be prepared. */
export function textRequest(sql: string): Request {
  return { sql, parameters: undefined, isRaw: false, isReturning: false, isKept: false }
}
