import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as fc from 'fast-check'
import type { Holder } from '../../src/pool/index.ts'
import { SlowFactory, createPool, holder, settle, type Fake } from './support.ts'

/** What a program may do with a pool, in any order. Numbers choose among what is there. */
type Step =
  | { readonly do: 'acquire' }
  | {
      readonly do: 'release' | 'invalidate' | 'kill' | 'abort' | 'open' | 'failOpen'
      readonly at: number
    }
  | { readonly do: 'dispose' | 'invalidateAll' }

const at = fc.nat(20)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Step>({ do: 'acquire' }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('release' as const, 'open' as const), at }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'invalidate' as const,
        'kill' as const,
        'abort' as const,
        'failOpen' as const,
      ),
      at,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('dispose' as const, 'invalidateAll' as const) }),
  },
)

interface Caller {
  readonly holder: Holder
  readonly abort: AbortController
  /** Whether it had to wait for another's connection, and when it came. */
  readonly arrival: number
  isWaiting: boolean
  connection: Fake | undefined
}

/** Runs the steps against a pool, and remembers what its callers saw. */
class World {
  readonly size: number
  readonly maxOverflow: number
  readonly factory = new SlowFactory()
  readonly callers: Caller[] = []
  readonly served: Caller[] = []
  /** Connections that a dispose has set apart: they no longer count. */
  retired = new Set<Fake>()
  readonly #pool

  constructor(size: number, maxOverflow: number) {
    this.size = size
    this.maxOverflow = maxOverflow
    this.#pool = createPool(
      { size, maxOverflow, timeoutMs: Infinity, idleMs: Infinity },
      this.factory,
    ).pool
  }

  get holding(): Caller[] {
    return this.callers.filter((caller) => caller.connection !== undefined)
  }

  get status() {
    return this.#pool.status
  }

  async run(each: Step): Promise<void> {
    const place = 'at' in each ? each.at : 0
    const actions: Readonly<Record<Step['do'], () => unknown>> = {
      acquire: () => this.#acquire(),
      open: () => this.factory.opening > 0 && this.factory.succeed(place % this.factory.opening),
      failOpen: () =>
        this.factory.opening > 0 &&
        this.factory.fail(new Error('refused'), place % this.factory.opening),
      abort: () => this.callers.filter((caller) => caller.isWaiting)[place]?.abort.abort(),
      kill: () => this.#kill(place),
      release: () => this.#give(place, (connection) => this.#pool.release(connection)),
      invalidate: () =>
        this.#give(place, (connection) => this.#pool.invalidate(connection, new Error('broken'))),
      invalidateAll: () =>
        this.#give(0, (connection) => this.#pool.invalidate(connection, new Error('gone'), 'all')),
      dispose: () => this.#dispose(),
    }
    await actions[each.do]()
    await settle()
  }

  /** Everything that is open is in the books, once; nothing is beyond the limit; nobody waits while there is something for them. */
  check(): void {
    const { status, factory } = this
    const connections = this.holding.map((caller) => caller.connection)
    assert.equal(new Set(connections).size, connections.length, 'a connection has one holder')
    assert.equal(status.inUse, connections.length)
    assert.equal(factory.openNow, status.inUse + status.idle, 'no connection is lost or leaked')
    const counted =
      status.inUse -
      connections.filter((each) => each !== undefined && this.retired.has(each)).length +
      status.idle +
      factory.opening
    assert.ok(counted <= this.size + this.maxOverflow, 'never more than size + maxOverflow')
    assert.ok(status.idle <= this.size, 'overflow is not kept')
    if (status.waiting > 0) {
      assert.equal(status.idle, 0, 'nobody waits while a connection is idle')
      assert.equal(counted, this.size + this.maxOverflow, 'nobody waits while there is room')
    }
  }

  /** Lets all opens succeed and everybody give back what they have, until nobody waits. */
  async finish(): Promise<void> {
    for (
      let round = 0;
      round < 200 && (this.callers.some((caller) => caller.isWaiting) || this.holding.length > 0);
      round += 1
    ) {
      await this.run({ do: 'open', at: 0 })
      await this.run({ do: 'release', at: 0 })
      this.check()
    }
    assert.equal(this.callers.filter((caller) => caller.isWaiting).length, 0, 'no wake-up is lost')
    assert.equal(this.status.inUse, 0)
    await this.#pool.close(0)
    for (let left = this.factory.opening; left > 0; left -= 1) await this.factory.succeed()
    assert.equal(this.factory.openNow, 0, 'close leaves nothing open')
  }

  #acquire(): void {
    const caller: Caller = {
      holder: holder(`caller ${this.callers.length}`),
      abort: new AbortController(),
      arrival: this.callers.length,
      isWaiting: true,
      connection: undefined,
    }
    this.callers.push(caller)
    const opening = this.factory.opening
    void this.#take(caller, opening)
  }

  async #take(caller: Caller, openingBefore: number): Promise<void> {
    try {
      const pending = this.#pool.acquire(caller.holder, { signal: caller.abort.signal })
      const waitsForOthers = pending instanceof Promise && this.factory.opening === openingBefore
      caller.connection = await pending
      if (waitsForOthers) this.served.push(caller)
    } catch {
      // refused or aborted: it has nothing, and that is all that matters here
    } finally {
      caller.isWaiting = false
    }
  }

  #kill(place: number): void {
    const { connection } = this.holding[place % Math.max(1, this.holding.length)] ?? {}
    if (connection !== undefined) connection.isAlive = false
  }

  async #dispose(): Promise<void> {
    for (const { connection } of this.holding)
      if (connection !== undefined) this.retired.add(connection)
    await this.#pool.dispose()
  }

  #give(place: number, give: (connection: Fake) => void): void {
    const { holding } = this
    const caller = holding[place % Math.max(1, holding.length)]
    if (caller?.connection === undefined) return
    const { connection } = caller
    caller.connection = undefined
    give(connection)
  }
}

// session 6.3
it('never opens more than it may, leaks no connection and loses no wake-up, whatever a program does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 2 }),
      fc.array(step, { maxLength: 60 }),
      async (size, maxOverflow, steps) => {
        const world = new World(size, maxOverflow)
        for (const each of steps) {
          await world.run(each)
          world.check()
        }
        await world.finish()
      },
    ),
    { numRuns: 300 },
  )
})

// session 6.4
it('serves those who wait in the order in which they came, whatever comes back when', async () => {
  const giving = fc.record({
    do: fc.constantFrom('release' as const, 'invalidate' as const, 'abort' as const),
    at,
  })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.oneof(fc.constant<Step>({ do: 'acquire' }), giving), { maxLength: 40 }),
      async (size, steps) => {
        const world = new World(size, 0)
        for (const each of steps) {
          await world.run(each)
          while (world.factory.opening > 0) await world.run({ do: 'open', at: 0 })
        }
        const order = world.served.map((caller) => caller.arrival)
        assert.deepEqual(
          order,
          order.toSorted((a, b) => a - b),
        )
      },
    ),
    { numRuns: 300 },
  )
})
