import type {
  Batch,
  BatchOutcome,
  Frontend,
  TransactionStatus,
  Transport,
} from '../postgres/index.ts'
import type { PgliteDatabase, PgliteLibrary, PgliteMessage } from './pglite-library.ts'

/** Carries batches to a PGlite, in the protocol of the server that it is. */
export class PgliteTransport implements Transport {
  readonly lastHeardAt: number = Infinity
  onLost: ((error: unknown) => void) | undefined
  readonly #library: PgliteLibrary
  readonly #database: PgliteDatabase
  #status: TransactionStatus = 'I'
  #lostBy: Error | undefined
  #isOpen = true

  constructor(library: PgliteLibrary, database: PgliteDatabase) {
    this.#library = library
    this.#database = database
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get status(): TransactionStatus {
    return this.#status
  }

  get lostBy(): Error | undefined {
    return this.#lostBy
  }

  async send(batch: Batch): Promise<BatchOutcome> {
    const { serialize, Parser } = this.#library.protocol
    try {
      const messages: Uint8Array[] = []
      batch.write(frontendOf(serialize, messages))
      const answer = await this.#database.execProtocolRaw(Buffer.concat(messages))
      new Parser().parse(answer, (message) => this.#tell(batch, message))
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
    }
    batch.lost() // unless the database was ready again
    return batch.ended
  }

  /** It cannot be used any more, by `cause`. */
  destroy(cause: Error): void {
    this.#lostBy ??= cause
    this.#isOpen = false
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#database.close()
  }

  #tell(batch: Batch, message: PgliteMessage): void {
    switch (message.name) {
      case 'parseComplete':
        batch.parseComplete()
        break
      case 'noData':
        batch.noData()
        break
      case 'rowDescription':
        batch.rowDescription(message.fields)
        break
      case 'dataRow':
        batch.dataRow(message.fields)
        break
      case 'commandComplete':
        batch.commandComplete(message.text)
        break
      case 'emptyQuery':
        batch.commandComplete('')
        break
      case 'error':
        batch.failed(message)
        break
      case 'readyForQuery':
        this.#status = message.status
        batch.ready()
        break
      case 'bindComplete':
      case 'closeComplete':
      default: // notices and the like: nothing to know
    }
  }
}

function frontendOf(
  serialize: PgliteLibrary['protocol']['serialize'],
  messages: Uint8Array[],
): Frontend {
  // what serialize gives may be a view of a buffer that it uses again
  const add = (message: Uint8Array): void => void messages.push(Uint8Array.from(message))
  return {
    parse: (message) => add(serialize.parse(message)),
    bind: (message) => add(serialize.bind(message)),
    describe: (message) => add(serialize.describe(message)),
    execute: (message) => add(serialize.execute(message)),
    close: (message) => add(serialize.close(message)),
    sync: () => add(serialize.sync()),
  }
}
