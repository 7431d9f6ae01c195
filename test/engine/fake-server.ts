import type { TestContext } from 'node:test'
import { sqliteDialect } from '../../src/dialects/sqlite/index.ts'
import {
  Engine,
  PooledSource,
  type Command,
  type ConnectFault,
  type Dialect,
  type DriverConnection,
  type DriverResult,
  type EngineOptions,
  type Flight,
  type FlightOutcome,
} from '../../src/engine/index.ts'
import { DisconnectedError } from '../../src/errors/index.ts'

/** What a driver says of a server that is not there. */
export function refused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
}

/** What the dialect of the server that does not exist reads from what its driver says. */
export function diagnose(error: unknown): ConnectFault {
  const isPassing = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
  return { kind: isPassing ? 'passing' : 'lasting', sqlState: isPassing ? undefined : 'XX000' }
}

/** A connection that answers every statement with one row, until it is lost. */
export class FakeConnection implements DriverConnection {
  readonly inTransaction = false
  isOpen = true
  isClosed = false
  lastHeardAt: number = performance.now()
  serverIdleLimitMs: number | undefined
  onLost: ((error: unknown) => void) | undefined
  readonly sent: string[] = []
  /** Whether it says nothing any more, as a black hole. */
  isSilent = false
  #fail: (error: Error) => void = () => {}

  execute(): DriverResult {
    throw new TypeError('a server has flights')
  }

  async flight({ prelude, commands, commit }: Flight): Promise<FlightOutcome> {
    this.sent.push(...[...prelude, ...commands].map(({ sql }) => sql))
    if (commit) this.sent.push('commit')
    try {
      if (this.isSilent) await this.#silence()
      if (!this.isOpen) throw new DisconnectedError('The connection was lost.')
    } catch (error) {
      return { results: [], error, commitSent: commit }
    }
    this.lastHeardAt = performance.now()
    return { results: commands.map(answer), commitSent: commit }
  }

  async *stream(): AsyncGenerator<readonly unknown[][]> {
    yield [[1]]
  }

  destroy(cause: Error): void {
    this.isOpen = false
    this.#fail(cause)
  }

  close(): void {
    this.isOpen = false
    this.isClosed = true
  }

  /** The server ends it; the adapter hears of that. */
  die(error: Error = new DisconnectedError('The server has gone.')): void {
    this.isOpen = false
    this.onLost?.(error)
  }

  #silence(): Promise<never> {
    const { promise, reject } = Promise.withResolvers<never>()
    this.#fail = reject
    return promise
  }
}

function answer(_command: Command): DriverResult {
  return { rows: [[1]], affectedRows: 0 }
}

/** A server that does what the test says. */
export class FakeServer {
  readonly connections: FakeConnection[] = []
  /** What happens to the next attempts: an error, or nothing at all until the test settles it. */
  readonly next: (Error | Promise<FakeConnection>)[] = []
  attempts = 0
  isDown = false
  idleLimitMs: number | undefined

  readonly dialect: Dialect = {
    ...sqliteDialect,
    name: 'fake',
    drivers: [{ name: 'fake' }],
    optionDefaults: {},
    unsupportedOptions: [],
    createConnectionSource: (settings) =>
      new PooledSource(settings, {
        connect: () => this.#connect(),
        diagnose,
      }),
  }

  get openNow(): number {
    return this.connections.filter(({ isClosed }) => !isClosed).length
  }

  engine(t: TestContext, options: EngineOptions = {}): Engine {
    const engine = Engine.create(
      'default',
      { url: 'fake://app:s3cret@db.example:5432/shop', ...options },
      new Map([['fake', this.dialect]]),
    )
    t.after(() => engine.close(0))
    return engine
  }

  /** The nth connection that was opened, from 0. */
  at(place: number): FakeConnection {
    const connection = this.connections[place]
    if (connection === undefined)
      throw new RangeError(`only ${this.connections.length} were opened`)
    return connection
  }

  newConnection(): FakeConnection {
    const connection = new FakeConnection()
    connection.serverIdleLimitMs = this.idleLimitMs
    this.connections.push(connection)
    return connection
  }

  async #connect(): Promise<FakeConnection> {
    this.attempts += 1
    const scripted = this.next.shift()
    if (scripted instanceof Error) throw scripted
    if (scripted !== undefined) return scripted
    if (this.isDown) throw refused()
    return this.newConnection()
  }
}
