import assert from 'node:assert/strict'
import { Emitter } from '../../src/events/index.ts'
import {
  POOL_DEFAULTS,
  Pool,
  type Holder,
  type PoolContext,
  type PoolEvents,
  type PoolFactory,
  type PoolOptions,
} from '../../src/pool/index.ts'

/** A connection that is nothing but its number. */
export interface Fake {
  readonly id: number
  isAlive: boolean
}

/** Opens numbered connections and remembers what became of them. */
export class FakeFactory implements PoolFactory<Fake> {
  readonly opened: Fake[] = []
  readonly closed: number[] = []

  get closedInOrder(): readonly number[] {
    return this.closed.toSorted((a, b) => a - b)
  }

  get openNow(): number {
    return this.opened.length - this.closed.length
  }

  open(): Fake | Promise<Fake> {
    return this.make()
  }

  close(connection: Fake): void {
    this.closed.push(connection.id)
  }

  isAlive(connection: Fake): boolean {
    return connection.isAlive
  }

  protected make(): Fake {
    const connection = { id: this.opened.length + 1, isAlive: true }
    this.opened.push(connection)
    return connection
  }
}

/** Opens a connection when the test says so, or fails. */
export class SlowFactory extends FakeFactory {
  readonly #pending: {
    readonly resolve: (connection: Fake) => void
    readonly reject: (error: Error) => void
  }[] = []

  get opening(): number {
    return this.#pending.length
  }

  override open(): Promise<Fake> {
    const { promise, resolve, reject } = Promise.withResolvers<Fake>()
    this.#pending.push({ resolve, reject })
    return promise
  }

  /** Finishes the oldest open, or the one at `place`. */
  async succeed(place = 0): Promise<void> {
    const [attempt] = this.#pending.splice(place, 1)
    attempt?.resolve(this.make())
    await settle()
  }

  async fail(error: Error, place = 0): Promise<void> {
    const [attempt] = this.#pending.splice(place, 1)
    attempt?.reject(error)
    await settle()
  }
}

/** Lets everything that is decided already happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await Promise.resolve()
}

export function holder(name: string, parent?: Holder): Holder {
  return { name, parent }
}

/** Two who have nothing to do with each other. */
export const A: Holder = holder('GET /a')
export const B: Holder = holder('job b')

/** A pool with a clock that stands still. */
export function createPool<F extends FakeFactory>(
  options: Partial<PoolOptions>,
  factory: F,
  context: PoolContext<Fake> = {},
) {
  const clock = { now: 0 }
  const events = new Emitter<PoolEvents<Fake>>((error) => {
    throw error
  })
  const pool = new Pool<Fake>(
    factory,
    { ...POOL_DEFAULTS, ...options },
    {
      label: 'a connection of engine "default"',
      now: () => clock.now,
      random: () => 0.5,
      events,
      ...context,
    },
  )
  return { pool, factory, clock, events }
}

/** A pool whose connections are opened at once. */
export function simple(options: Parameters<typeof createPool>[0] = {}) {
  const all = createPool(options, new FakeFactory())
  const take = (who: Holder = A): Fake => {
    const taken = all.pool.acquire(who)
    assert.ok(!(taken instanceof Promise), 'a free connection is handed out at once')
    return taken
  }
  return { ...all, take }
}
