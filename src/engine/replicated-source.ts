import type { Holder, PoolStatus } from '../pool/index.ts'
import type { MaybePromise } from '../util/index.ts'
import type { ConnectionSource, Intent } from './connection-source.ts'
import type { DriverConnection } from './driver.ts'

/** How long a replica that could not be reached is left alone. */
const LEFT_ALONE_MS = 5_000

interface Replica {
  readonly source: ConnectionSource
  /** By `performance.now()`. */
  leftAloneUntil: number
}

/** A primary, and replicas that answer reads which may be a little behind, in turn. When none can be reached the primary answers. */
export class ReplicatedSource implements ConnectionSource {
  readonly #primary: ConnectionSource
  readonly #replicas: readonly Replica[]
  readonly #sourceOf = new WeakMap<DriverConnection, ConnectionSource>()
  #turn = 0

  constructor(primary: ConnectionSource, replicas: readonly ConnectionSource[]) {
    this.#primary = primary
    this.#replicas = replicas.map((source) => ({ source, leftAloneUntil: 0 }))
  }

  /** Counters of the primary. */
  get status(): PoolStatus {
    return this.#primary.status
  }

  /** Counters of the replicas, in the order of the option. */
  get replicas(): readonly PoolStatus[] {
    return this.#replicas.map(({ source }) => source.status)
  }

  acquire(intent: Intent, holder: Holder): MaybePromise<DriverConnection> {
    return intent === 'replicaRead'
      ? this.#acquireFromReplica(holder)
      : this.#primary.acquire(intent, holder)
  }

  release(connection: DriverConnection): void {
    this.#ownerOf(connection).release(connection)
  }

  invalidate(connection: DriverConnection, error: unknown): void {
    this.#ownerOf(connection).invalidate(connection, error)
  }

  recycle(connection?: DriverConnection): void {
    const concerned = connection === undefined ? this.#all : [this.#ownerOf(connection)]
    for (const source of concerned) source.recycle(connection)
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#all.map((source) => source.dispose()))
  }

  async close(deadlineMs: number): Promise<void> {
    await Promise.all(this.#all.map((source) => source.close(deadlineMs)))
  }

  async #acquireFromReplica(holder: Holder): Promise<DriverConnection> {
    for (const replica of this.#inTurn()) {
      try {
        const connection = await replica.source.acquire('read', holder)
        this.#sourceOf.set(connection, replica.source)
        return connection
      } catch {
        replica.leftAloneUntil = performance.now() + LEFT_ALONE_MS // the next one, or the primary, answers
      }
    }
    return this.#primary.acquire('read', holder)
  }

  /** Replicas that may be asked, the one whose turn it is first. */
  #inTurn(): readonly Replica[] {
    this.#turn = (this.#turn + 1) % this.#replicas.length
    const now = performance.now()
    const order = [...this.#replicas.slice(this.#turn), ...this.#replicas.slice(0, this.#turn)]
    return order.filter(({ leftAloneUntil }) => leftAloneUntil <= now)
  }

  #ownerOf(connection: DriverConnection): ConnectionSource {
    return this.#sourceOf.get(connection) ?? this.#primary
  }

  get #all(): readonly ConnectionSource[] {
    return [this.#primary, ...this.#replicas.map(({ source }) => source)]
  }
}
