import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TransactionOptions } from 'athanor'
import { MariaDb, needs, Postgres } from '../servers/index.ts'
import {
  nameOfFailure,
  openWorld,
  readBack,
  workThroughRestarts,
  type Tally,
} from './restart-world.ts'

const SERVERS = { postgres: Postgres, mariadb: MariaDb } as const
/** PostgreSQL looks for deadlocks after a second, which is most of this test. */
const SETTINGS = { postgres: { deadlock_timeout: '50ms' }, mariadb: {} } as const
/** More for a longer look: RESTART_SEEDS=1,2,3,4. */
const SEEDS = (process.env['RESTART_SEEDS'] ?? '1').split(',').map(Number)
const FOR_MS = 3_000
const DROP_REPLIES = 0.05

interface Outcome extends Tally {
  readonly stored: ReadonlySet<string>
}

/** Sixteen workers through stops and crashes of their server; the totals are right in the end, or the test fails. */
async function throughRestarts(
  server: keyof typeof SERVERS,
  seed: number,
  how: { readonly transaction: TransactionOptions; readonly mixes?: boolean },
): Promise<Outcome> {
  await using running = await SERVERS[server].start({ settings: SETTINGS[server] })
  const world = await openWorld(running, seed)
  try {
    const tally = await workThroughRestarts(world, {
      seed,
      forMs: FOR_MS,
      dropReplies: DROP_REPLIES,
      transaction: how.transaction,
      mixes: how.mixes ?? false,
    })
    const { entries, wrongTotals } = await readBack(world)
    assert.deepEqual(tally.failed.map(nameOfFailure), [])
    assert.deepEqual(wrongTotals, [])
    assert.ok(tally.restarts >= 2, `${tally.restarts} restarts`)
    assert.ok(tally.dropped > 0)
    assert.equal(world.db.engine.status.inUse, 0)
    return { ...tally, stored: entries }
  } finally {
    await world.close()
  }
}

for (const server of ['postgres', 'mariadb'] as const) {
  describe(`restarts of ${server}`, needs(SERVERS[server]), () => {
    for (const seed of SEEDS) {
      // session 6.40
      // session 6.50
      it(`cost no read and no unit of work before its COMMIT; what is in doubt is reported as that (seed ${seed})`, async (t) => {
        const { acknowledged, unknown, stored, reads, restarts, dropped } = await throughRestarts(
          server,
          seed,
          { transaction: { retry: 20 } },
        )
        const neither = [...stored].filter((id) => !acknowledged.has(id) && !unknown.has(id))
        assert.deepEqual(neither, [])
        assert.deepEqual(
          [...acknowledged].filter((id) => !stored.has(id)),
          [],
        )
        assert.ok(unknown.size >= dropped - restarts, 'each reply that was dropped is in doubt')
        assert.ok(
          unknown.size <= dropped + restarts * 16,
          'and nothing else but what a restart met',
        )
        t.diagnostic(
          `${reads} reads, ${acknowledged.size} units acknowledged, ${unknown.size} in doubt, ${dropped} replies dropped, ${restarts} restarts`,
        )
      })

      // settled H2
      for (const mixes of [false, true]) {
        const what = mixes ? 'units that deadlock as well' : 'units of work'
        it(`lose and double nothing of ${what} that happen exactly once (seed ${seed})`, async (t) => {
          const { acknowledged, unknown, stored, fences, dropped, restarts } =
            await throughRestarts(server, seed, {
              transaction: { exactlyOnce: true, retry: 50 },
              mixes,
            })
          assert.deepEqual([...unknown.values()], [])
          assert.deepEqual([...stored].toSorted(), [...acknowledged].toSorted())
          assert.ok(
            fences.length >= dropped - restarts,
            'each reply that was dropped was asked for',
          )
          t.diagnostic(
            `${acknowledged.size} entries, ${fences.length} fences (${fences.filter(({ committed }) => committed).length} had committed), ${dropped} replies dropped, ${restarts} restarts`,
          )
        })
      }
    }
  })
}
