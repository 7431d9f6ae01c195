import type { Socket } from 'node:net'
import type { DriverResult } from '../../engine/index.ts'
import { LruMap } from '../../util/index.ts'
import {
  drain,
  insertIdOf,
  openSocket,
  rowsResult,
  shieldReader,
  type Reply,
  type Request,
  type ResultColumn,
  type ServerLogin,
  type Transport,
  type TransportEvents,
} from '../mysql/index.ts'
import {
  loadMariaDb,
  type MariaDbAnswer,
  type MariaDbCallback,
  type MariaDbClient,
  type MariaDbColumn,
  type MariaDbInside,
  type MariaDbRows,
  type MariaDbStatement,
} from './mariadb-library.ts'

const STATEMENTS_KEPT = 256
const IN_TRANSACTION = 1

/** A connection of the package mariadb. It sends without waiting for replies. */
export class MariaDbTransport implements Transport {
  readonly pipelines = true
  readonly hasCompoundStatements: boolean
  preparesApart = false
  readonly threadId: number
  readonly #client: MariaDbClient
  readonly #socket: Socket
  /** Of the stream that is open. */
  #rows: MariaDbRows | undefined
  /** What the driver's cache of statements has, as far as one can know from outside. */
  readonly #prepared = new LruMap<string, true>(STATEMENTS_KEPT)

  private constructor(client: MariaDbClient, socket: Socket) {
    const { info } = client
    this.#client = client
    this.#socket = socket
    this.threadId = client.threadId
    this.hasCompoundStatements = info.isMariaDB() && info.hasMinVersion(10, 2, 3)
  }

  /** Connects and logs in. @throws what the driver throws. @throws {ConfigurationError} MISSING_DRIVER. */
  static async connect(
    login: ServerLogin,
    {
      keepsStatements,
      events,
    }: { readonly keepsStatements: boolean; readonly events: TransportEvents },
  ): Promise<MariaDbTransport> {
    const library = await loadMariaDb()
    const socket = openSocket(login)
    const client = library.createConnection({
      user: login.user,
      password: login.password,
      database: login.database,
      ...(login.ssl === undefined ? {} : { ssl: login.ssl }),
      host: login.host,
      stream: () => socket,
      connectTimeout: login.connectTimeoutMs === Infinity ? 0 : login.connectTimeoutMs,
      prepareCacheLength: keepsStatements ? STATEMENTS_KEPT : 0,
      ...RESULT_OPTIONS,
    })
    shield(client, socket, events)
    client.on('error', (error) => events.lost(error)) // from before the connect: one without a listener ends the process
    await new Promise<void>((resolve, reject) => {
      client.connect((error) => {
        if (error === undefined || error === null) resolve()
        else reject(error)
      })
    }).catch((error: unknown) => {
      socket.destroy() // the driver leaves it open when the server refuses the log-in
      throw error
    })
    return new MariaDbTransport(client, socket)
  }

  get inTransaction(): boolean {
    return (this.#client.info.status & IN_TRANSACTION) !== 0
  }

  send(request: Request): Promise<Reply> {
    const { sql, parameters } = request
    return parameters === undefined || !this.preparesApart || this.#prepared.get(sql) === true
      ? this.#send(request)
      : this.#sendPrepared(request)
  }

  async #sendPrepared(request: Request): Promise<Reply> {
    try {
      const statement = await this.#prepare(request.sql)
      const reply = await this.#send(request) // the driver finds it prepared
      statement.close()
      return reply
    } catch (error) {
      return { error }
    }
  }

  #send(request: Request): Promise<Reply> {
    const { sql, parameters } = request
    return new Promise((resolve) => {
      const done: MariaDbCallback = (error, answer, columns) => {
        if (error !== undefined && error !== null) resolve({ error })
        else {
          if (parameters !== undefined) this.#prepared.set(sql, true)
          resolve({ result: resultOf(...firstOf(answer ?? [], columns), request) })
        }
      }
      if (parameters === undefined) this.#client.query(sql, done)
      else this.#client.execute(sql, parameters, done)
    })
  }

  unprepared(texts: Iterable<string>): readonly string[] {
    return [...texts].filter((sql) => this.#prepared.get(sql) === undefined)
  }

  async prepare(sql: string): Promise<void> {
    const statement = await this.#prepare(sql).catch(() => undefined) // it is told when the statement is sent
    statement?.close() // it stays in the cache
    if (statement !== undefined) this.#prepared.set(sql, true)
  }

  together<T>(send: () => T): T {
    this.#socket.cork()
    try {
      return send()
    } finally {
      this.#socket.uncork()
    }
  }

  async *stream(request: Request, chunkSize: number): AsyncIterable<readonly unknown[][]> {
    const { sql, parameters } = request
    if (parameters === undefined) {
      yield* this.#chunksOf(this.#client.queryStream(sql), request, chunkSize)
      return
    }
    const statement = await this.#prepare(sql)
    try {
      yield* this.#chunksOf(statement.executeStream(parameters), request, chunkSize)
    } finally {
      statement.close()
    }
  }

  reset(): Promise<void> {
    this.#prepared.clear()
    return new Promise((resolve, reject) => {
      this.#client.reset((error) => {
        if (error === undefined || error === null) resolve()
        else reject(error)
      })
    })
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#client.end(resolve))
  }

  /** Without an error: under TLS the driver would leave it to nobody. So whoever waits for rows is told here, and for other replies by the connection. */
  destroy(): void {
    this.#socket.destroy()
    this.#rows?.destroy(new Error('The connection was given up.'))
  }

  async *#chunksOf(
    rows: MariaDbRows,
    { isRaw, onColumns }: Request,
    chunkSize: number,
  ): AsyncIterable<unknown[][]> {
    let columns: readonly ResultColumn[] | undefined
    rows.on('fields', (fields: readonly MariaDbColumn[]) => {
      columns = fields.map((field) => describe(field, isRaw))
    })
    this.#rows = rows
    try {
      yield* drain(rows, {
        chunkSize,
        columns: () => columns,
        onColumns,
        drop: () => rows.close(),
      })
    } finally {
      this.#rows = undefined
    }
  }

  #prepare(sql: string): Promise<MariaDbStatement> {
    return new Promise((resolve, reject) => {
      this.#client.prepare(sql, (error, statement) => {
        if (statement === undefined) reject(error)
        else resolve(statement)
      })
    })
  }
}

/** Shields what reads already, and what will under TLS: the next listener that is added brings the connection inside the client to light. */
function shield(client: MariaDbClient, socket: Socket, events: TransportEvents): void {
  let isDone = false
  client.on('newListener', function shieldOnce(this: MariaDbInside) {
    const { streamIn } = this
    if (isDone || streamIn === undefined) return
    isDone = true
    const read = streamIn.onData.bind(streamIn)
    const onData = shieldReader(read, socket, events)
    for (const listener of socket.listeners('data')) socket.off('data', listener as () => void)
    socket.on('data', onData)
    streamIn.onData = onData
  })
}

/** Rows as arrays, and stored forms: text for times, decimals and JSON. */
const RESULT_OPTIONS = {
  rowsAsArray: true,
  dateStrings: true,
  jsonStrings: true,
  autoJsonMap: false,
  bitOneIsBoolean: false,
  foundRows: true,
  pipelining: true,
  permitRedirect: false,
  multipleStatements: false,
  logParam: false,
} as const

function resultOf(
  answer: MariaDbAnswer,
  columns: readonly MariaDbColumn[] | undefined,
  { isRaw, isReturning }: Request,
): DriverResult {
  if (!isRows(answer))
    return { rows: [], affectedRows: answer.affectedRows, ...insertIdOf(answer.insertId) }
  const described = (columns ?? []).map((column) => describe(column, isRaw))
  return rowsResult(answer, described, { isRaw, isReturning })
}

/** CALL gives several answers, the last of which is that of the CALL itself. */
function firstOf(
  answer: MariaDbAnswer,
  columns: readonly MariaDbColumn[] | undefined,
): [answer: MariaDbAnswer, columns: readonly MariaDbColumn[] | undefined] {
  const last: unknown = isRows(answer) ? answer.at(-1) : undefined
  if (last === undefined || Array.isArray(last)) return [answer, columns]
  const [first = []] = answer as unknown as readonly MariaDbAnswer[]
  const [firstColumns] = (columns ?? []) as unknown as readonly (readonly MariaDbColumn[])[]
  return [first, firstColumns]
}

function isRows(answer: MariaDbAnswer): answer is readonly unknown[][] {
  return Array.isArray(answer)
}

function describe(column: MariaDbColumn, isRaw: boolean): ResultColumn {
  return {
    type: column.columnType,
    length: column.columnLength,
    name: isRaw ? column.name() : '',
    isJson: isRaw && column.isDataTypeFormatJson(),
  }
}
