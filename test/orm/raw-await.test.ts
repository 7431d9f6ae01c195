import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blog, Tag } from '../support/blog.ts'
import { databases } from '../support/databases.ts'

for (const database of databases()) {
  describe(`SQL of one's own on ${database.name}`, () => {
    it('runs when its template is awaited, and gives how many rows it touched', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.addAll([new Tag({ name: 'a' }), new Tag({ name: 'b' })])
      await s.commit()
      sent.clear()
      assert.equal(await s.sql`update ${Tag} set name = ${'c'} where name = ${'a'}`, 1)
      await s.commit()
      assert.deepEqual(sent.kinds().includes('update'), true)
      assert.deepEqual(await session().select(Tag.c.name).orderBy(Tag.c.name).all(), ['b', 'c'])
    })

    it('is no sign of a failover when it is refused on a connection that only reads', async (t) => {
      const { db, session } = await database.open(t, blog)
      const s = session()
      const { generation, opened } = db.engine.status
      await s.sql`insert into ${Tag} (name) values (${'x'})`
      await s.commit()
      assert.equal(db.engine.status.generation, generation)
      assert.ok(db.engine.status.opened <= opened + 1)
    })

    // settled H9
    it('takes a lease where it says that it only reads, and is refused when it writes', async (t) => {
      const { db, session } = await database.open(t, blog)
      const s = session()
      const rows = await s.sql({ readOnly: true })<{
        n: number
      }>`select count(*) as n from ${Tag}`.all()
      assert.deepEqual(rows, [{ n: 0 }])
      assert.equal(db.engine.status.inUse, 0)
      await assert.rejects(
        async () => s.sql({ readOnly: true })`insert into ${Tag} (name) values (${'x'})`,
        { code: 'READ_ONLY' },
      )
      assert.equal(db.engine.status.inUse, 0)
      assert.equal(await s.select(Tag).count(), 0)
    })
  })
}
