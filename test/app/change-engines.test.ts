import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { id, Model, varchar, type Scope } from 'athanor'
import { blog, Tag } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure } from '../orm/support.ts'
import { spelled } from './change-support.ts'

/** Lives on an engine of its own. */
class Entry extends Model({ id: id(), text: varchar(80) }, { bind: 'audit' }) {}

for (const database of databases()) {
  describe(`change signals of several engines on ${database.name}`, () => {
    const models = { ...blog, Entry }
    const options = { trackModifications: true, engines: { audit: 'sqlite::memory:' } }

    it('are one list, which says where each row is', async (t) => {
      const { db } = await database.open(t, models, options)
      const heard: string[][] = []
      for (const event of ['beforeCommit', 'afterCommit'] as const)
        db.on(event, (changes) =>
          heard.push(changes.map((change) => `${change.engineKey}: ${spelled(change)}`)),
        )
      await db.run(async ({ session }) => {
        session.add(new Entry({ text: 'one' }))
        session.add(new Tag({ name: 'a' }))
        await session.insert(Entry).values([{ text: 'two' }])
        await session.commit()
      })
      for (const changes of heard)
        assert.deepEqual(changes.toSorted(), [
          'audit: bulk insert entry 1',
          'audit: insert entry 1',
          'default: insert tag 1',
        ])
      assert.equal(heard.length, 2)
    })

    const deferred = database.needs(
      'constraints that COMMIT looks at',
      database.facts.hasDeferredConstraints,
    )
    it('tell after a commit that failed in its middle what is stored', deferred, async (t) => {
      const { db } = await database.open(t, models, options)
      await db.run(async ({ session }) => {
        await session.sql`create table late (tag_id integer references tag (id) deferrable initially deferred)`
        await session.commit()
      })
      const heard: string[][] = []
      db.on('beforeCommit', (changes) => heard.push(['before', ...changes.map(spelled)]))
      db.on('afterCommit', (changes) => heard.push(['after', ...changes.map(spelled)]))
      const write = async ({ session }: Scope, engines: readonly string[]): Promise<void> => {
        for (const engineKey of engines) {
          session.add(engineKey === 'audit' ? new Entry({ text: 'one' }) : new Tag({ name: 'a' }))
          await session.flush()
        }
        await session.sql`insert into late (tag_id) values (77)`
        await failure(engines[0] === 'audit' ? 'PARTIAL_COMMIT' : 'FOREIGN_KEY_VIOLATION', [], () =>
          session.commit(),
        )
      }
      await db.run((scope) => write(scope, ['audit', 'default']))
      assert.deepEqual(heard.splice(0), [
        ['before', 'insert entry 1', 'insert tag 1'],
        ['after', 'insert entry 1'],
      ])
      await db.run((scope) => write(scope, ['default', 'audit'])) // the first one fails: nothing is stored
      assert.deepEqual(
        heard.map(([when]) => when),
        ['before'],
      )
      assert.equal(await db.run(({ session }) => session.select(Entry).count()), 1)
    })
  })
}
