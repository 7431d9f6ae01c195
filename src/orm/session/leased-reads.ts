import { SerializationError } from '../../errors/index.ts'
import type { Command, DriverResult, Engine, Intent } from '../../engine/index.ts'
import type { Holder } from '../../pool/index.ts'

interface WaitingRead {
  readonly command: Command
  readonly resolve: (result: DriverResult) => void
  readonly reject: (error: unknown) => void
}

/** Who reads, and from where. */
export interface Lease {
  readonly holder: Holder
  readonly intent: Extract<Intent, 'read' | 'replicaRead'>
}

/** Reads of one session that are asked for in the same tick: they share one lease and one flight, so that `Promise.all` of three costs one round trip (settled H24). */
export class LeasedReads {
  readonly #waiting = new Map<Engine, WaitingRead[]>()

  /** Sends a read with all others of this tick. Its error is its own. */
  read(engine: Engine, command: Command, lease: Lease): Promise<DriverResult> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(engine)
      const read = { command: { ...command, replay: true }, resolve, reject }
      if (waiting !== undefined) waiting.push(read)
      else {
        this.#waiting.set(engine, [read])
        process.nextTick(() => void this.#send(engine, lease))
      }
    })
  }

  async #send(engine: Engine, lease: Lease): Promise<void> {
    const reads = this.#waiting.get(engine) ?? []
    this.#waiting.delete(engine)
    try {
      const connection = await engine.acquire(lease.intent, lease.holder)
      try {
        // what stands behind a read that failed was not sent, or has come to nothing: it goes again
        for (let done = 0; done < reads.length;) {
          const rest = reads.slice(done)
          const { results, error } = await connection.flight(rest.map(({ command }) => command))
          for (const [i, result] of results.entries()) rest[i]?.resolve(result)
          if (error !== undefined) this.#failed(engine, lease, rest[results.length], error)
          done += results.length + (error === undefined ? 0 : 1)
        }
      } finally {
        engine.release(connection)
      }
    } catch (error) {
      for (const { reject } of reads) reject(error)
    }
  }

  /** A replica that takes over a change of its primary ends the reads in its way: the primary answers them. */
  #failed(engine: Engine, lease: Lease, read: WaitingRead | undefined, error: unknown): void {
    if (read === undefined) return
    const { command, resolve, reject } = read
    if (lease.intent === 'replicaRead' && error instanceof SerializationError)
      this.read(engine, command, { ...lease, intent: 'read' }).then(resolve, reject)
    else reject(error)
  }
}
