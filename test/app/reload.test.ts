import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { databases } from '../support/databases.ts'
import type * as reloaded from './reloaded-module.ts'

type Module = typeof reloaded

const RELOADS = 6

for (const database of databases()) {
  describe(`a module that is evaluated anew on ${database.name}`, () => {
    const shared = database.needs(
      'connections of two Databases to one database',
      !database.facts.hasOneConnection,
    )
    it(
      'leaves no pool behind, and the requests of its last version end well',
      shared,
      async (t) => {
        const { url, release } = await database.lend()
        process.env['RELOADED_URL'] = url
        const versions: Module[] = []
        const kept = globalThis as { appDatabase?: AsyncDisposable }
        t.after(async () => {
          await Promise.all(versions.map(({ db }) => db.dispose()))
          delete kept.appDatabase
          delete process.env['RELOADED_URL']
          await release()
        })
        const load = async (): Promise<Module> => {
          const version = `./reloaded-module.ts?version=${database.name}-${versions.length}`
          const module = (await import(version)) as Module
          versions.push(module)
          return module
        }
        const first = await load()
        await first.db.createAll()
        const edited = Promise.withResolvers<void>()
        const request = first.db.run(
          async () => {
            first.db.session.add(new first.Post({ title: 'begun before the edit' }))
            await edited.promise
          },
          { commit: 'onSuccess' },
        )
        for (let n = 1; n <= RELOADS; n += 1) {
          const { db, Post } = await load()
          await db.run(() => db.session.add(new Post({ title: `version ${n}` })), {
            commit: 'onSuccess',
          })
          await assert.rejects(
            async () => first.db.run(() => 1),
            { code: 'ILLEGAL_STATE' },
            'the old one takes no new work',
          )
        }
        edited.resolve()
        await request
        const last = versions.at(-1) as Module
        const older = versions.slice(0, -1)
        await Promise.all(older.map(({ db }) => db.dispose())) // as it has begun by itself
        for (const { db } of older) {
          const { idle, inUse } = db.engine.status
          assert.deepEqual([idle, inUse], [0, 0])
          await assert.rejects(db.engine.ping(), { code: 'POOL_CLOSED' })
        }
        const count = await last.db.run(() => last.Post.query().count())
        assert.equal(count, RELOADS + 1)
      },
    )
  })
}
