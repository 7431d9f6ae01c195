import type { Batch, BatchOutcome, Transport } from './batch.ts'
import type { PgClient, PgConnection, PgLibrary, PgSubmittable } from './pg-library.ts'
import { isServerError, type TransactionStatus, type WireField } from './wire.ts'

/** A client of pg as what carries batches. From its making on it hears every error of the client, so that none ends the process. */
export class PgTransport implements Transport {
  readonly client: PgClient
  #batch: Batch | undefined
  #lostBy: Error | undefined
  /** An error of the server since it was last ready: of a statement, or the last that it says at all. */
  #lastWords: Error | undefined
  #isOpen = true
  #lastHeardAt = -Infinity
  /** Told once when the connection is lost by itself. */
  onLost: ((error: unknown) => void) | undefined

  /** `client` has not been told to connect yet. */
  constructor(client: PgClient) {
    this.client = client
    client.on('error', (error: Error) => this.broken(error))
    client.on('end', () => this.#died(new Error('The server closed the connection.')))
    // pg tells a query of neither: not of the end of a batch that failed, and not of these answers at all
    const { connection } = client
    connection.on('readyForQuery', () => this.#ready())
    connection.on('parseComplete', () => this.#batch?.parseComplete())
    connection.on('noData', () => this.#batch?.noData())
    connection.on('copyOutResponse', () => this.broken(copyNotPossible()))
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get lostBy(): Error | undefined {
    return this.#lostBy
  }

  get lastHeardAt(): number {
    return this.#lastHeardAt
  }

  get status(): TransactionStatus {
    return this.client.getTransactionStatus() ?? 'I'
  }

  send(batch: Batch): Promise<BatchOutcome> {
    this.#batch = batch
    try {
      if (this.#isOpen) this.client.query(new Submission(batch, this))
      else batch.lost()
    } catch (error) {
      this.broken(error instanceof Error ? error : new Error(String(error)))
    }
    return batch.ended
  }

  /** The server says no, to a statement or to the connection: which of both, what follows will tell. */
  said(error: Error, batch: Batch): void {
    this.#lastWords = error
    batch.failed(error)
  }

  /** The driver gives the connection up. */
  broken(error: Error): void {
    this.#died(error)
    this.client.connection.stream.destroy()
  }

  /** The socket is closed now; what waits on it is lost, by `cause`. */
  destroy(cause: Error): void {
    this.#lose(cause)
    this.client.connection.stream.destroy()
  }

  /** Says goodbye; a server that does not hear it is left after a moment. */
  async close(): Promise<void> {
    if (!this.#isOpen) {
      this.client.connection.stream.destroy()
      return
    }
    this.#isOpen = false
    const deadline = setTimeout(() => this.client.connection.stream.destroy(), GOODBYE_MS).unref()
    await this.client.end().catch(() => {}) // it is closed then
    clearTimeout(deadline)
  }

  /** pg tells of one death up to three times. */
  #died(error: Error): void {
    const isNews = this.#isOpen
    const cause = this.#lastWords ?? error
    this.#lose(cause)
    if (isNews) this.onLost?.(cause)
  }

  #lose(error: Error): void {
    this.#isOpen = false
    this.#lostBy ??= error
    this.#batch?.lost()
    this.#batch = undefined
  }

  /** The client's own listener ran before: the status of the transaction is the new one. */
  #ready(): void {
    this.#lastHeardAt = performance.now()
    this.#lastWords = undefined
    const batch = this.#batch
    this.#batch = undefined
    batch?.ready()
  }
}

const GOODBYE_MS = 1_000

/** A batch as pg runs it. */
class Submission implements PgSubmittable {
  readonly #batch: Batch
  readonly #transport: PgTransport

  constructor(batch: Batch, transport: PgTransport) {
    this.#batch = batch
    this.#transport = transport
  }

  submit(connection: PgConnection): void {
    const { stream } = connection
    stream.cork() // one packet
    try {
      this.#batch.write(connection)
    } finally {
      stream.uncork()
    }
  }

  /** From the server, or, of a socket that is gone, from pg itself. */
  handleError(error: Error): void {
    if (isServerError(error)) this.#transport.said(error, this.#batch)
    else this.#transport.broken(error)
  }

  handleRowDescription({ fields }: { readonly fields: readonly WireField[] }): void {
    this.#batch.rowDescription(fields)
  }

  handleDataRow({ fields }: { readonly fields: unknown[] }): void {
    this.#batch.dataRow(fields)
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#batch.commandComplete(text)
  }

  handleEmptyQuery(): void {
    this.#batch.commandComplete('')
  }

  handlePortalSuspended(): void {}

  handleCopyInResponse(): void {
    this.#transport.broken(copyNotPossible())
  }

  handleCopyData(): void {}

  /** The transport hears it from the connection, after an error too. */
  handleReadyForQuery(): void {}
}

function copyNotPossible(): Error {
  return new Error('COPY to or from the client is not possible; the connection was closed.')
}

/** A transport of `library`, connected. Rejects with what pg rejects with. */
export async function connectTransport(
  library: PgLibrary,
  config: ConstructorParameters<PgLibrary['Client']>[0],
): Promise<PgTransport> {
  const transport = new PgTransport(new library.Client(config))
  try {
    await transport.client.connect()
  } catch (error) {
    transport.destroy(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
  return transport
}
