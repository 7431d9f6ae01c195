import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { id, inspect, Model, varchar } from 'athanor'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure } from './support.ts'

/** Lives on an engine of its own. */
class Entry extends Model({ id: id(), text: varchar(80) }, { bind: 'audit' }) {}

for (const database of databases()) {
  describe(`several engines on ${database.name}`, () => {
    // session 2.49
    it('have a transaction each, and commit in the order of their first use', async (t) => {
      const { db, session } = await database.open(
        t,
        { ...blog, Entry },
        { engines: { audit: 'sqlite::memory:' } },
      )
      const order: string[] = []
      for (const engine of db.engines.values()) {
        engine.events.on('statement', ({ kind, engineKey }) => order.push(`${kind} ${engineKey}`))
      }
      const s = session()
      s.add(new Entry({ text: 'one' }))
      await s.flush()
      s.add(new Tag({ name: 'a' }))
      await s.flush()
      s.add(new Entry({ text: 'two' }))
      await s.commit()
      const expected = [
        'begin audit',
        'insert audit',
        'begin default',
        'insert default',
        'insert audit',
        'commit audit',
        'commit default',
      ]
      assert.deepEqual(order, expected)
      await s.close()
    })

    const deferred = database.needs(
      'constraints that COMMIT looks at',
      database.facts.hasDeferredConstraints,
    )
    // session 2.49
    it('say which of them have committed when a later one fails', deferred, async (t) => {
      const { db, session } = await database.open(
        t,
        { ...blog, Entry },
        { engines: { audit: 'sqlite::memory:' } },
      )
      const setUp = session()
      await setUp.sql`create table late (tag_id integer references tag (id) deferrable initially deferred)`.all()
      await setUp.commit()
      const s = session()
      const entry = s.add(new Entry({ text: 'one' }))
      await s.flush()
      const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
      await s.flush()
      await s.sql`insert into late (tag_id) values (77)`.all()
      const error = await failure('PARTIAL_COMMIT', ['"default"', '"audit"'], () => s.commit())
      assert.deepEqual(error.info, { committed: ['audit'], rolledBack: ['default'] })
      assert.deepEqual([inspect(entry).state, inspect(post).state], ['persistent', 'transient'])
      await s.rollback()
      assert.deepEqual([await s.select(Entry).count(), await s.select(Post).count()], [1, 0])
      await s.close()
      assert.equal(db.engine.status.inUse, 0)
    })
  })
}
