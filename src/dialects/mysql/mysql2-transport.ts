import type { Socket } from 'node:net'
import type { DriverResult } from '../../engine/index.ts'
import { drain } from './drain.ts'
import {
  loadMySql2,
  type MySql2Answer,
  type MySql2Callback,
  type MySql2Client,
  type MySql2Column,
  type MySql2Library,
  type MySql2Ok,
  type MySql2Running,
} from './mysql2-library.ts'
import { insertIdOf, rowsResult, type ResultColumn } from './result-columns.ts'
import { openSocket, type ServerLogin } from './server-socket.ts'
import { shieldReader } from './shield-reader.ts'
import type { Reply, Request, Transport, TransportEvents } from './transport.ts'

const STATEMENTS_KEPT = 256
const IN_TRANSACTION = 1
const INT_LIMIT = 2 ** 31

/** A connection of the package mysql2. It waits for each reply before it sends on. */
export class MySql2Transport implements Transport {
  readonly pipelines = false
  readonly hasCompoundStatements = false
  preparesApart = true
  readonly threadId: number
  readonly #library: MySql2Library
  readonly #client: MySql2Client
  readonly #socket: Socket
  #inTransaction = false

  private constructor(library: MySql2Library, client: MySql2Client, socket: Socket) {
    this.#library = library
    this.#client = client
    this.#socket = socket
    this.threadId = client.threadId
  }

  /** Connects and logs in. @throws what the driver throws. @throws {ConfigurationError} MISSING_DRIVER. */
  static async connect(login: ServerLogin, events: TransportEvents): Promise<MySql2Transport> {
    const library = await loadMySql2()
    const socket = openSocket(login)
    const client = library.createConnection({
      user: login.user,
      password: login.password,
      database: login.database,
      host: login.host,
      ...(login.ssl === undefined || login.ssl === false ? {} : { ssl: tlsOptions(login.ssl) }),
      stream: socket,
      connectTimeout: login.connectTimeoutMs === Infinity ? 0 : login.connectTimeoutMs,
      maxPreparedStatements: STATEMENTS_KEPT,
      ...RESULT_OPTIONS,
    })
    client.on('error', (error) => events.lost(error))
    const parser = client.packetParser
    if (parser !== undefined) {
      // not bound once: the parser gives itself another method now and then
      const execute = shieldReader((data: Buffer) => parser.execute(data), socket, events)
      client.packetParser = { execute }
    }
    await new Promise<void>((resolve, reject) => {
      client.connect((error) => {
        if (error === undefined || error === null) resolve()
        else reject(error)
      })
    }).catch((error: unknown) => {
      socket.destroy() // the driver leaves it open when the server refuses the log-in
      throw error
    })
    const transport = new MySql2Transport(library, client, socket)
    socket.once('close', () => events.lost(closed()))
    return transport
  }

  get inTransaction(): boolean {
    return this.#inTransaction
  }

  send(request: Request): Promise<Reply> {
    return new Promise((resolve) => {
      const done: MySql2Callback = (error, answer, columns) => {
        if (error !== undefined && error !== null) resolve({ error })
        else resolve({ result: this.#resultOf(answer ?? [], columns, request) })
        if (!request.isKept && request.parameters !== undefined)
          this.#client.unprepare({ sql: request.sql })
      }
      const { sql, parameters } = request
      if (parameters === undefined) this.#client.query({ sql }, done)
      else this.#client.execute({ sql, values: this.#typed(parameters) }, done)
    })
  }

  unprepared(): readonly string[] {
    return []
  }

  async prepare(): Promise<void> {}

  together<T>(send: () => T): T {
    return send()
  }

  async *stream(request: Request, chunkSize: number): AsyncIterable<readonly unknown[][]> {
    const { sql, parameters } = request
    const running: MySql2Running =
      parameters === undefined
        ? this.#client.query({ sql })
        : this.#client.execute({ sql, values: this.#typed(parameters) })
    let columns: readonly ResultColumn[] | undefined
    running.on('fields', (fields) => (columns = fields?.map(describe)))
    const rows = running.stream({ highWaterMark: chunkSize })
    const onClose = (): void => void rows.destroy(closed()) // the driver does not tell a stream
    this.#socket.once('close', onClose)
    try {
      yield* drain(rows, {
        chunkSize,
        columns: () => columns,
        onColumns: request.onColumns,
        drop() {},
      })
    } finally {
      this.#socket.off('close', onClose)
    }
  }

  reset(): Promise<void> {
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

  destroy(): void {
    this.#client.destroy()
    this.#socket.destroy()
  }

  #resultOf(
    answer: MySql2Answer,
    columns: readonly MySql2Column[] | undefined,
    request: Request,
  ): DriverResult {
    const [first, firstColumns] = this.#firstOf(answer, columns)
    if (!isRows(first)) {
      this.#inTransaction = (first.serverStatus & IN_TRANSACTION) !== 0
      return { rows: [], affectedRows: first.affectedRows, ...insertIdOf(first.insertId) }
    }
    return rowsResult(first, (firstColumns ?? []).map(describe), request)
  }

  /** CALL gives several answers, the last of which is that of the CALL itself and tells of the transaction. */
  #firstOf(
    answer: MySql2Answer,
    columns: readonly MySql2Column[] | undefined,
  ): [answer: MySql2Answer, columns: readonly MySql2Column[] | undefined] {
    const last: unknown = isRows(answer) ? answer.at(-1) : undefined
    if (last === undefined || Array.isArray(last)) return [answer, columns]
    this.#inTransaction = ((last as MySql2Ok).serverStatus & IN_TRANSACTION) !== 0
    const [first = []] = answer as unknown as readonly MySql2Answer[]
    const [firstColumns] = (columns ?? []) as unknown as readonly (readonly MySql2Column[])[]
    return [first, firstColumns]
  }

  /** The driver would send every number as a DOUBLE, which rounds when it is compared with a large integer, and a bigint as text. */
  #typed(values: readonly unknown[]): readonly unknown[] {
    const typed = this.#library.TypedParameter
    if (typed === undefined) return values
    return values.map((value) => {
      if (typeof value === 'bigint') return typed.LONGLONG(value)
      if (typeof value !== 'number' || !Number.isInteger(value)) return value
      if (value >= -INT_LIMIT && value < INT_LIMIT) return typed.LONG(value)
      return Number.isSafeInteger(value) ? typed.LONGLONG(value) : value
    })
  }
}

/** Rows as arrays, and stored forms: text for times, decimals and JSON; numbers only where they are exact. */
const RESULT_OPTIONS = {
  rowsAsArray: true,
  dateStrings: true,
  jsonStrings: true,
  supportBigNumbers: true,
  bigNumberStrings: false,
  decimalNumbers: false,
  multipleStatements: false,
  charset: 'utf8mb4',
  timezone: 'Z',
  flags: ['+FOUND_ROWS'],
} as const

/** The driver looks at the name in the server's certificate only where it is told to. */
function tlsOptions(ssl: true | object): object {
  return { verifyIdentity: true, ...(ssl === true ? {} : ssl) }
}

function isRows(answer: MySql2Answer): answer is readonly unknown[][] {
  return Array.isArray(answer)
}

function describe(column: MySql2Column): ResultColumn {
  return {
    name: column.name,
    type: column.columnType,
    length: column.columnLength,
    isJson: column.extendedFormat === 'json',
  }
}

function closed(): Error {
  return Object.assign(new Error('The connection was closed.'), {
    code: 'PROTOCOL_CONNECTION_LOST',
  })
}
