import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { DisconnectedError, id, Model, varchar } from 'athanor'
import type { DatabaseKind } from '../support/databases.ts'
import { openProxied, serverDatabases, type ProxiedDatabase } from './support.ts'

class Note extends Model({ id: id(), text: varchar(80) }) {}
const models = { Note }

const POOL_SIZE = 4

/** A pool whose connections are all open and idle; what they have last heard proves nothing. */
async function idlePool(
  t: TestContext,
  database: DatabaseKind,
  options: object = {},
): Promise<ProxiedDatabase> {
  const opened = await openProxied(t, database, {
    models,
    engineOptions: { pool: { size: POOL_SIZE }, provenAliveMs: 0, ...options },
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
  opened.sent.clear()
  return opened
}

/** All connections end; the event loop stands still meanwhile, so that no socket can tell. */
function killUnnoticed({ url }: ProxiedDatabase): void {
  const script = join(import.meta.dirname, 'kill-connections.ts')
  const killed = spawnSync(process.execPath, [script, url])
  assert.equal(killed.status, 0, String(killed.stderr))
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
      const { generation } = opened.db.engine.status
      killUnnoticed(opened)
      await requests(opened)
      assert.equal(opened.db.engine.status.generation, generation + 1, 'replaced all at once')
    })

    for (const what of ['read', 'write'] as const) {
      // session 6.33
      // settled B13
      it(`that were killed unnoticed are told to the first ${what} under prePing: false, and to nobody after it`, async (t) => {
        const opened = await idlePool(t, database, { prePing: false })
        const { db, sent } = opened
        const { generation } = db.engine.status
        killUnnoticed(opened)
        const request = (): Promise<unknown> =>
          db.run(async ({ session }) => {
            if (what === 'read') return session.select(Note).all()
            session.add(new Note({ text: 'after' }))
            return session.commit()
          })
        await assert.rejects(request(), DisconnectedError)
        const kinds = sent.kinds()
        assert.equal(new Set(kinds).size, kinds.length, `nothing twice: ${kinds.join()}`)
        assert.equal(db.engine.status.generation, generation + 1, 'all are replaced')
        for (let i = 0; i < POOL_SIZE; i += 1) await request()
        const after = await db.run(({ session }) =>
          session.select(Note).where({ text: 'after' }).count(),
        )
        assert.equal(after, what === 'read' ? 0 : POOL_SIZE, 'the lost one is not stored')
      })
    }
  })
}
