import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { id, Model, varchar } from 'athanor'
import type { DatabaseKind } from '../support/databases.ts'
import { openProxied, serverDatabases, type ProxiedDatabase } from './support.ts'

class Note extends Model({ id: id(), text: varchar(80) }) {}
const models = { Note }

const POOL_SIZE = 4
const PROVEN_ALIVE_MS = 50

/** A pool whose connections are all open and idle, for longer than what they have last heard proves anything. */
async function idlePool(t: TestContext, database: DatabaseKind): Promise<ProxiedDatabase> {
  const opened = await openProxied(t, database, {
    models,
    engineOptions: { pool: { size: POOL_SIZE }, provenAliveMs: PROVEN_ALIVE_MS },
  })
  const flushed = Array.from({ length: POOL_SIZE }, () => Promise.withResolvers<void>())
  await Promise.all(
    flushed.map(({ resolve }) =>
      opened.db.run(async ({ session }) => {
        session.add(new Note({ text: 'before' }))
        await session.flush()
        resolve()
        await Promise.all(flushed.map(({ promise }) => promise))
        await session.commit()
      }),
    ),
  )
  assert.equal(opened.db.engine.status.idle, POOL_SIZE)
  await sleep(PROVEN_ALIVE_MS * 2)
  opened.sent.clear()
  return opened
}

/** One request more than there are connections, one after the other: alternately one that only reads and one that only writes. */
async function requests({ db, sent }: ProxiedDatabase): Promise<void> {
  for (let i = 0; i <= POOL_SIZE; i += 1) {
    await db.run(async ({ session }) => {
      if (i % 2 === 0) {
        await session.select(Note).all()
      } else {
        session.add(new Note({ text: 'after' }))
        await session.commit()
      }
    })
  }
  const kinds = new Set(sent.kinds())
  for (const kind of ['select', 'begin', 'insert', 'commit'] as const) kinds.delete(kind)
  assert.deepEqual([...kinds], [], 'nothing else is sent')
  const after = await db.run(({ session }) => session.select(Note).where({ text: 'after' }).count())
  assert.equal(after, Math.floor((POOL_SIZE + 1) / 2), 'each is written once')
}

for (const database of serverDatabases()) {
  describe(`idle connections of ${database.name}`, () => {
    for (const how of ['reset', 'end'] as const) {
      // session 6.33
      // session 6.36
      it(`may all be cut by a ${how}: the next requests succeed`, async (t) => {
        const opened = await idlePool(t, database)
        opened.proxy.cut(how)
        await requests(opened)
      })
    }

    // session 6.22
    // session 6.37
    // seed 21
    it('may all be killed without anybody noticing: reads and writes succeed alike', async (t) => {
      const opened = await idlePool(t, database)
      const script = join(import.meta.dirname, 'kill-connections.ts')
      const { generation } = opened.db.engine.status
      // the event loop stands still meanwhile, so that no socket can tell
      const killed = spawnSync(process.execPath, [script, opened.url])
      assert.equal(killed.status, 0, String(killed.stderr))
      await requests(opened)
      assert.equal(opened.db.engine.status.generation, generation + 1, 'replaced all at once')
    })
  })
}
