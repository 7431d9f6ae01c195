import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  CancelledError,
  CommitOutcomeUnknownError,
  Database,
  DisconnectedError,
  id,
  int,
  Model,
  varchar,
} from 'athanor'
import type { FaultProxy } from 'athanor/testing'
import type { Engine } from '../../src/engine/index.ts'
import { openProxied, serverDatabases } from './support.ts'
import { eventually } from '../support/eventually.ts'

class Note extends Model({ id: id(), text: varchar(40), seen: int().default(0) }) {}
const models = { Note }
/** COMMIT as it goes over the network: its text, or the name that PostgreSQL knows it by. */
const COMMIT = /\bcommit\b|athanor_commit\0/i

/** Cuts the connections, and waits until the pool knows. */
async function cutAndNoticed(
  { engine }: { readonly engine: Engine },
  proxy: FaultProxy,
): Promise<void> {
  const { generation } = engine.status
  proxy.cut()
  await eventually(() => engine.status.generation > generation)
}

for (const database of serverDatabases()) {
  describe(`a transaction on ${database.name}`, () => {
    // session 6.51
    it('that is lost before COMMIT is known not to be stored, and objects stand as before it', async (t) => {
      const { db, proxy } = await openProxied(t, database, { models })
      await db.run(async ({ session }) => {
        const note = session.add(new Note({ text: 'kept' }))
        await session.commit()
        note.text = 'changed'
        await session.flush()
        await cutAndNoticed(db, proxy)
        await assert.rejects(session.commit(), DisconnectedError)
        await session.rollback()
        assert.equal(note.text, 'kept')
        note.text = 'again'
        await session.commit()
        assert.equal(await session.select(Note).where({ text: 'again' }).count(), 1)
      })
      assert.equal(db.engine.status.inUse, 0)
    })

    // session 6.36
    // session 6.39
    // session 6.41
    it('is not sent again once the application has had an answer in it', async (t) => {
      const { db, proxy } = await openProxied(t, database, { models })
      await db.run(async ({ session }) => {
        await session.begin()
        assert.equal(await session.select(Note).count(), 0)
        await cutAndNoticed(db, proxy)
        await assert.rejects(session.select(Note).count(), DisconnectedError)
        await assert.rejects(session.select(Note).count(), { code: 'PENDING_ROLLBACK' })
        await session.rollback()
        assert.equal(await session.select(Note).count(), 0)
      })
    })

    // session 0.8
    it('is run again as a whole after a loss, where it may be', async (t) => {
      const { db, proxy } = await openProxied(t, database, { models })
      let runs = 0
      await db.run(() =>
        db.transaction(
          async (session) => {
            runs += 1
            session.add(new Note({ text: `run ${runs}` }))
            await session.flush()
            if (runs > 1) return
            await cutAndNoticed(db, proxy)
          },
          { retry: 1 },
        ),
      )
      assert.equal(runs, 2)
      const texts = await db.run(({ session }) => session.select(Note.c.text).all())
      assert.deepEqual(texts, ['run 2'])
    })

    // session 6.50
    // session 6.54
    // seed 26
    it('whose COMMIT is not answered is in doubt, never sent again, and the objects are read anew', async (t) => {
      const { db, proxy } = await openProxied(t, database, { models })
      await db.run(async ({ session }) => {
        const note = session.add(new Note({ text: 'first' }))
        await session.commit()
        const lost = proxy.add({ match: COMMIT, action: 'dropAfter', times: 1 })
        note.text = 'second'
        await assert.rejects(session.commit(), CommitOutcomeUnknownError)
        assert.equal(lost.hits, 1)
        await session.rollback()
        await session.refresh(note)
        assert.equal(note.text, 'second')
      })
    })

    // session 6.62
    // session 6.63
    // session 8.16
    it('is cancelled by the signal of its scope, on the server too, and rolled back; the next statement is not', async (t) => {
      const { db } = await openProxied(t, database, {
        models,
        engineOptions: { pool: { size: 1 } },
      })
      const isMysql = db.engine.dialect.kyselyFlavour === 'mysql'
      const controller = new AbortController()
      const started = performance.now()
      let failure: unknown
      const cancelled = db.run(
        async ({ session }) => {
          session.add(new Note({ text: 'undone' }))
          await session.flush()
          setTimeout(() => controller.abort(), 100)
          const slow = isMysql ? session.sql`select sleep(3)` : session.sql`select pg_sleep(3)`
          failure = await slow.all().catch((error: unknown) => error)
        },
        { signal: controller.signal },
      )
      await cancelled.catch(() => {})
      assert.ok(failure instanceof CancelledError)
      assert.ok(performance.now() - started < 3_000)
      for (let i = 0; i < 5; i += 1)
        assert.equal(await db.run(({ session }) => session.select(Note).count()), 0)
      assert.equal(db.engine.status.opened, 1, 'the connection is used again')
    })
  })

  describe(`reads of one tick on ${database.name}`, () => {
    // settled H24
    it('share a lease and a flight, and each has its own error', async (t) => {
      const { db, proxy } = await openProxied(t, database, { models })
      await db.run(({ session }) => {
        session.addAll([new Note({ text: 'a' }), new Note({ text: 'b' })])
        return session.commit()
      })
      await db.run(async ({ session }) => {
        const ids = await session.select(Note.c.id).orderBy(Note.c.id).all()
        await session.get(Note, 0) // prepared
        proxy.resetTraffic()
        const { checkouts } = db.engine.status
        const [a, b, count] = await Promise.all([
          session.get(Note, ids[0] ?? 0),
          session.get(Note, ids[1] ?? 0),
          session.select(Note).count(),
        ])
        assert.deepEqual([a?.text, b?.text, count], ['a', 'b', 2])
        assert.equal(db.engine.status.checkouts, checkouts + 1)
        if (database.name !== 'mysql2') assert.equal(proxy.traffic.flights, 1)
      })
      assert.equal(db.engine.status.inUse, 0)
    })

    it('end before a write, which is behind them', async (t) => {
      const { db } = await openProxied(t, database, { models })
      await db.run(async ({ session }) => {
        const results = await Promise.all([
          session.select(Note).count(),
          session.select(Note).count(),
          Promise.resolve(session.add(new Note({ text: 'x' }))).then(() => session.flush()),
          session.select(Note).count(),
        ])
        assert.equal(results[3], 1)
        await session.rollback()
      })
    })
  })

  describe(`exactly once on ${database.name}`, () => {
    // settled H3
    it('is a matter of whole transactions, and of one engine', async (t) => {
      const { db, url } = await openProxied(t, database, { models })
      class Other extends Model({ id: id() }, { bind: 'other' }) {}
      await using two = new Database({
        engines: { default: url, other: url },
        models: { ...models, Other },
      })
      await two.createAll('other')
      await db.run(async () => {
        await assert.rejects(
          db.transaction(() => db.session.commit(), { exactlyOnce: true }),
          { code: 'ILLEGAL_STATE', message: /commit inside/ },
        )
        await assert.rejects(
          db.transaction(() => db.transaction(() => {}, { exactlyOnce: true })),
          { code: 'ILLEGAL_STATE', message: /nested/ },
        )
      })
      await two.run(() =>
        assert.rejects(
          two.transaction(
            async (session) => {
              session.add(new Note({ text: 'one' }))
              await session.flush()
              session.add(new Other({}))
            },
            { exactlyOnce: true },
          ),
          { code: 'CONFIGURATION', message: /exactlyOnce/ },
        ),
      )
      assert.equal(await two.run(({ session }) => session.select(Note).count()), 0)
    })

    it('is not in doubt when what prepares it is lost: that is sent again', async (t) => {
      const { db, proxy } = await openProxied(t, database, { models })
      const lost = [/create table .athanor_commit/i, /delete from .athanor_commit/i].map((match) =>
        proxy.add({ match, action: 'dropAfter', times: 1 }),
      )
      await db.run(() =>
        db.transaction((session) => session.add(new Note({ text: 'one' })), {
          exactlyOnce: true,
          retry: 5,
        }),
      )
      assert.deepEqual(
        lost.map(({ hits }) => hits),
        [1, 1],
      )
      assert.equal(await db.run(({ session }) => session.select(Note).count()), 1)
    })

    // session 6.53
    it('clears up a COMMIT that was lost, and gives what the database made', async (t) => {
      const { db, proxy } = await openProxied(t, database, { models })
      const resolved: boolean[] = []
      db.engine.events.on('commitResolved', ({ committed }) => resolved.push(committed))
      const add = (text: string): Promise<InstanceType<typeof Note>> =>
        db.run(() =>
          db.transaction((session) => session.add(new Note({ text })), { exactlyOnce: true }),
        )
      await add('first')
      const lost = proxy.add({
        match: COMMIT,
        action: 'dropAfter',
        times: 1,
      })
      const note = await add('second')
      lost.remove()
      assert.ok(note.id > 0)
      const stored = await db.run(({ session }) => session.select(Note).orderBy(Note.c.id).all())
      assert.deepEqual(
        stored.map(({ text }) => text),
        ['first', 'second'],
      )
      assert.equal(resolved.length, lost.hits)
    })
  })
}
