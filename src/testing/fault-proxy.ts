import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { FaultRules, type ActiveFault, type FaultRule } from './fault-rules.ts'
import { ProxiedConnection } from './proxied-connection.ts'
import { seededRandom } from './seeded-random.ts'
import { NO_TRAFFIC, type Traffic } from './traffic.ts'

/** Where a proxy passes things on to. */
export interface ProxyTarget {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Of the server. */
  readonly port: number
}

/** How a proxy behaves from the start. */
export interface FaultProxyOptions {
  /** Milliseconds that each chunk takes in each direction. Default 0. */
  readonly latencyMs?: number
  /** Of the random numbers that decide about faults with a probability. Default 1. */
  readonly seed?: number
  /**
   * Where it listens on 127.0.0.1. Default: a free port. For `refuse` choose one that the system does not give to outgoing connections (Linux: below 32768),
   * or a client that tries to reach it may be given its port.
   */
  readonly port?: number
}

/** What becomes of new connections: `forward`; `refuse` = ECONNREFUSED; `silent` = accepted, and never a byte; `close` = accepted, and closed. */
export type Admission = 'forward' | 'refuse' | 'silent' | 'close'

/**
 * Stands between a program and its server, and does to their connections what networks do: it delays, cuts, loses and counts.
 *
 * ```ts
 * import { FaultProxy } from 'athanor/testing'
 *
 * const proxy = await FaultProxy.start({ port: 5432 }, { latencyMs: 2 })
 * const url = proxy.url('postgres://app@db.example/blog') // for the program that is tested
 * url.startsWith('postgres://app@127.0.0.1:') // => true
 * const lost = proxy.add({ match: /commit/i, action: 'dropAfter', times: 1 }) // COMMIT takes effect, its answer is lost
 * lost.hits // => 0
 * await proxy.close()
 * ```
 * @since 0.2
 */
export class FaultProxy {
  /** Milliseconds that each chunk takes in each direction. */
  latencyMs: number
  #target: Required<ProxyTarget>
  #admission: Admission = 'forward'
  #isBlackHole = false
  #traffic = NO_TRAFFIC
  readonly #rules: FaultRules
  readonly #server: Server
  #port = 0
  readonly #connections = new Set<ProxiedConnection>()
  /** Accepted, and left alone. */
  readonly #silent = new Set<Socket>()

  private constructor(target: ProxyTarget, options: FaultProxyOptions) {
    this.#target = withHost(target)
    this.latencyMs = options.latencyMs ?? 0
    this.#rules = new FaultRules(seededRandom(options.seed ?? 1))
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client))
  }

  /** Listens, and passes everything on to `target`. Rejects when it cannot listen. */
  static async start(target: ProxyTarget, options: FaultProxyOptions = {}): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, options)
    await proxy.#listen(options.port ?? 0)
    return proxy
  }

  /** Where it listens, on 127.0.0.1. */
  get port(): number {
    return this.#port
  }

  /** The URL of a database, by way of the proxy. */
  url(database: string | URL): string {
    const url = new URL(database)
    url.hostname = '127.0.0.1'
    url.port = String(this.#port)
    return url.toString()
  }

  /** What went through since the start or the last `resetTraffic`. What faults swallowed counts too: the client has sent it. */
  get traffic(): Traffic {
    return this.#traffic
  }

  /** Counts from zero again. */
  resetTraffic(): void {
    this.#traffic = NO_TRAFFIC
  }

  /** Connections that are open now. */
  get openConnections(): number {
    return this.#connections.size + this.#silent.size
  }

  /** A fault that befalls what clients send from now on. */
  add(rule: FaultRule): ActiveFault {
    return this.#rules.add(rule)
  }

  /** New connections go to another server; those that are open stay where they are. */
  retarget(target: ProxyTarget): void {
    this.#target = withHost(target)
  }

  /** What becomes of new connections; open ones stay. */
  async admit(admission: Admission): Promise<void> {
    const [before, now] = [this.#admission, admission]
    this.#admission = admission
    if (now === 'refuse' && before !== 'refuse') this.#server.close()
    if (now !== 'refuse' && before === 'refuse') await this.#listen(this.#port)
  }

  /** Nothing arrives any more, on new connections either, and nobody is told; until `heal`. */
  blackHole(): void {
    this.#isBlackHole = true
    for (const connection of this.#connections) connection.hold()
  }

  /** Ends a black hole: what it kept arrives, late. */
  heal(): void {
    this.#isBlackHole = false
    for (const connection of this.#connections) connection.release()
  }

  /** Ends all open connections now: with a reset, or as a program that ends does. Default `reset`. */
  cut(how: 'reset' | 'end' = 'reset'): void {
    for (const connection of this.#connections) connection.cut(how)
    for (const client of this.#silent) {
      if (how === 'reset') client.resetAndDestroy()
      else client.destroy()
    }
  }

  /** Tells the clients of all open connections that nothing more comes, while what they send still arrives. */
  halfClose(): void {
    for (const connection of this.#connections) connection.halfClose()
  }

  /** Cuts all connections and stops listening. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.cut()
    await closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject)
        this.#port = (this.#server.address() as AddressInfo).port
        resolve()
      })
    })
  }

  #accept(client: Socket): void {
    this.#count({ connections: 1 })
    if (this.#admission === 'forward') this.#forward(client)
    else if (this.#admission === 'silent') this.#ignore(client)
    else client.destroy()
  }

  #forward(client: Socket): void {
    const connection = new ProxiedConnection(client, {
      target: this.#target,
      latencyMs: () => this.latencyMs,
      sent: (chunk, isFlight) => {
        this.#count({
          flights: isFlight ? 1 : 0,
          clientChunks: 1,
          clientBytes: chunk.length,
        })
        return this.#rules.actionFor(chunk)
      },
      received: (chunk) => this.#count({ serverChunks: 1, serverBytes: chunk.length }),
      closed: () => this.#connections.delete(connection),
    })
    this.#connections.add(connection)
    if (this.#isBlackHole) connection.hold()
  }

  #ignore(client: Socket): void {
    this.#silent.add(client)
    client.on('error', () => {}) // close follows
    client.on('close', () => this.#silent.delete(client))
    client.on('end', () => client.destroy())
    client.resume()
  }

  #count(more: Partial<Traffic>): void {
    const sum: Record<keyof Traffic, number> = { ...this.#traffic }
    for (const key of Object.keys(more) as (keyof Traffic)[]) sum[key] += more[key] ?? 0
    this.#traffic = sum
  }
}

const withHost = ({ host = '127.0.0.1', port }: ProxyTarget): Required<ProxyTarget> => ({
  host,
  port,
})
