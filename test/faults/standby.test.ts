import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Database, Model, id, int, ReadOnlyError, varchar } from 'athanor'
import { FaultProxy } from 'athanor/testing'
import { needs, Postgres, PostgresStandby } from '../servers/index.ts'
import { REPLICATION } from '../servers/postgres-standby.ts'

class Note extends Model({ id: id(), text: varchar(40), seen: int().default(0) }) {}
const models = { Note }

interface Cluster {
  readonly primary: Postgres
  readonly standby: PostgresStandby
  /** In front of the primary. */
  readonly proxy: FaultProxy
  readonly db: Database<typeof models>
}

async function openCluster(t: TestContext): Promise<Cluster> {
  const primary = await Postgres.start({ settings: { ...REPLICATION } })
  t.after(() => primary.dispose())
  const standby = await PostgresStandby.follow(primary)
  t.after(() => standby.dispose())
  const proxy = await FaultProxy.start({ port: primary.port })
  const db = new Database({
    url: proxy.url(primary.url()),
    models,
    engineOptions: { replicas: [standby.url()] },
  })
  t.after(async () => {
    await db.dispose({ deadlineMs: 100 })
    await proxy.close()
  })
  await db.createAll()
  await db.run(() => db.transaction((session) => void session.add(new Note({ text: 'first' }))))
  await standby.catchUp()
  return { primary, standby, proxy, db }
}

describe('a primary and its hot standby', needs(PostgresStandby), () => {
  // settled H11
  it('share the work: reads go to the standby, until the session has written', async (t) => {
    const { db } = await openCluster(t)
    const counts = (): number[] => [
      db.engine.status.checkouts,
      db.engine.replicaStatus[0]?.checkouts ?? -1,
    ]
    const before = counts()
    await db.run(async ({ session }) => {
      assert.equal((await session.select(Note).one()).text, 'first')
      assert.deepEqual(counts(), [before[0], (before[1] ?? 0) + 1])
      await session.select(Note).forUpdate().one()
      assert.deepEqual(counts(), [(before[0] ?? 0) + 1, (before[1] ?? 0) + 1])
      session.add(new Note({ text: 'second' }))
      await session.commit()
      assert.equal(await session.select(Note).count(), 2, 'the session sees what it has written')
      assert.equal(counts()[1], (before[1] ?? 0) + 1)
    })
    await db.run(({ session }) => session.select(Note).all())
    assert.equal(counts()[1], (before[1] ?? 0) + 2, 'the next session starts anew')
  })

  it('answer reads when the standby is gone', async (t) => {
    const { db, standby } = await openCluster(t)
    await db.run(({ session }) => session.select(Note).one())
    await standby.kill9()
    for (let i = 0; i < 3; i += 1) await db.run(({ session }) => session.select(Note).one())
    assert.equal(db.engine.replicaStatus[0]?.inUse, 0)
  })

  // session 6.30
  it('change places: the work goes on where the proxy leads', async (t) => {
    const { db, primary, standby, proxy } = await openCluster(t)
    const add = (text: string): Promise<void> =>
      db.run(() => db.transaction((session) => void session.add(new Note({ text })), { retry: 5 }))
    await add('before')
    await standby.catchUp()
    const { generation } = db.engine.status
    await primary.kill9()
    proxy.retarget({ port: standby.port })
    await standby.promote()
    await add('after')
    assert.ok(db.engine.status.generation > generation)
    const texts = await db.run(({ session }) =>
      session.select(Note.c.text).orderBy(Note.c.id).all(),
    )
    assert.deepEqual(texts, ['first', 'before', 'after'])
  })

  // session 6.30
  it('tell the caller, and replace all connections, when the primary takes no writes', async (t) => {
    const { standby } = await openCluster(t)
    await using db = new Database({ url: standby.url(), models })
    await db.run(({ session }) => session.select(Note).one())
    const { generation } = db.engine.status
    const error: unknown = await db
      .run(() => db.transaction((session) => void session.add(new Note({ text: 'x' }))))
      .catch((reason: unknown) => reason)
    assert.ok(error instanceof ReadOnlyError)
    assert.equal(error.retryable, true)
    assert.ok(db.engine.status.generation > generation)
    assert.equal(db.engine.status.inUse, 0)
  })
})
