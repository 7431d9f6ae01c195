import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Database, id, Model, varchar } from 'athanor'
import { testScope } from 'athanor/testing'
import { blog, Tag } from '../support/blog.ts'
import { databases } from '../support/databases.ts'

/** Lives on an engine of its own. */
class Entry extends Model({ id: id(), text: varchar(80).unique() }, { bind: 'audit' }) {}

for (const database of databases()) {
  describe(`a testScope of several engines, one of them ${database.name}`, () => {
    // settled H27
    it('undoes on all of them what one commit has stored', async (t) => {
      const engines = { audit: 'sqlite::memory:' }
      const { db } = await database.open(t, { ...blog, Entry }, { engines })
      const counts = (): Promise<[number, number]> =>
        db.run(async () => [await Tag.query().count(), await Entry.query().count()])
      for (const _ of [1, 2]) {
        const scope = await testScope(db)
        await db.run(
          ({ session }) => session.addAll([new Tag({ name: 'a' }), new Entry({ text: 'a' })]),
          { commit: 'onSuccess' },
        )
        assert.deepEqual(await counts(), [1, 1])
        await scope.end()
        assert.deepEqual(await counts(), [0, 0])
      }
    })

    it('begins nothing on an engine that is not used', async (t) => {
      const audit = { url: 'sqlite:/nowhere/at/all.db' }
      const { url, release } = await database.lend()
      t.after(release)
      const db = new Database({ engines: { default: url, audit }, models: blog })
      t.after(() => db.dispose())
      await db.createAll('default')
      await using _ = await testScope(db)
      assert.equal(await db.run(() => Tag.query().count()), 0)
    })

    // settled H27
    it('holds for all applications of a Database', async (t) => {
      const { db } = await database.open(t, blog)
      const { url, release } = await database.lend()
      t.after(release)
      const app = {}
      db.initApp(app, { url, name: 'second' })
      t.after(() => db.detach(app))
      const add = (): Promise<Tag> =>
        db.run(({ session }) => session.add(new Tag({ name: 'a' })), { app, commit: 'onSuccess' })
      const count = (): Promise<number> => db.run(() => Tag.query().count(), { app })
      await db.run(() => db.createAll(), { app })
      const scope = await testScope(db)
      await add()
      assert.equal(await count(), 1)
      await scope.end()
      assert.equal(await count(), 0)
    })

    const server = database.needs('replicas', database.facts.isServer)
    it('reads from the connection of the test and not from a replica', server, async (t) => {
      const { url, release } = await database.lend()
      const db = new Database({ url, models: blog, engineOptions: { replicas: [url] } })
      t.after(() => db.dispose().then(release))
      await db.createAll()
      await using _ = await testScope(db)
      await db.run(({ session }) => session.add(new Tag({ name: 'a' })), { commit: 'onSuccess' })
      assert.equal(await db.run(() => Tag.query().count()), 1)
      assert.equal(db.engine.replicaStatus[0]?.opened, 0)
    })
  })
}
