import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Database, id, inspect, isChangeOf, Model, varchar } from 'athanor'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases, type DatabaseKind } from '../support/databases.ts'

class Note extends Model({ id: id(), text: varchar(40) }, { bind: 'notes' }) {}

const acme = { engines: { default: 'acme' } } as const

/** A Database whose default engine has a stand-in of the same kind, with tables on both. */
async function start(t: TestContext, database: DatabaseKind) {
  const [own, other] = [await database.lend(), await database.lend()]
  const db = new Database({
    url: own.url,
    engines: {
      acme: other.url,
      notes: 'sqlite::memory:',
      archive: 'sqlite::memory:',
      records: 'pglite:memory',
    },
    models: { ...blog, Note },
    trackModifications: true,
  })
  t.after(async () => {
    await db.dispose()
    await Promise.all([own.release(), other.release()])
  })
  await db.createAll('default')
  await db.run(() => db.createAll('default'), acme)
  return db
}

const names = (db: Database<typeof blog>): Promise<string[]> =>
  db.select(Tag.c.name).orderBy(Tag.c.name).all()

for (const database of databases()) {
  // an in-process PGlite takes seconds to start
  if (database.name === 'pglite') continue
  describe(`engines that stand in for others on ${database.name}`, () => {
    it('have what their scopes store, and nothing of the others, also at once', async (t) => {
      const db = await start(t, database)
      const store = (name: string, options: object = {}): Promise<unknown> =>
        db.run(() => void db.session.add(new Tag({ name })), { commit: 'onSuccess', ...options })
      await Promise.all([store('ours'), store('theirs', acme), store('same'), store('same', acme)])
      assert.deepEqual(await db.run(() => names(db)), ['ours', 'same'])
      assert.deepEqual(await db.run(() => names(db), acme), ['same', 'theirs'])
    })

    it('answer all kinds of statements of the scope, and those of its forks', async (t) => {
      const db = await start(t, database)
      await db.run(async (scope) => {
        await db.session.insert(Tag).values([{ name: 'a' }, { name: 'b' }])
        await db.session.update(Tag).set({ name: 'c' }).where({ name: 'a' })
        await db.session.deleteFrom(Tag).where({ name: 'b' })
        await db.session.commit()
        assert.deepEqual(await db.session.sql`select name from tag`.all(), [{ name: 'c' }])
        assert.deepEqual(await db.kysely.selectFrom('tag').select('name').execute(), [
          { name: 'c' },
        ])
        assert.equal(await scope.fork().select(Tag).count(), 1)
        const author = new User({ name: 'Ada' })
        const post = db.session.add(new Post({ title: 'p', author }))
        await post.tags.load()
        await db.session.commit()
      }, acme)
      assert.equal(await db.run(() => db.select(Post).count()), 0)
    })

    it('stay with scopes that are opened inside, unless these say otherwise', async (t) => {
      const db = await start(t, database)
      await db.run(async () => {
        await db.run(() => void db.session.add(new Tag({ name: 'inner' })), { commit: 'onSuccess' })
        assert.deepEqual(await names(db), ['inner'])
        assert.deepEqual(await db.run(() => names(db), { engines: {} }), [])
      }, acme)
    })

    it('are told in change signals', async (t) => {
      const db = await start(t, database)
      const heard: string[] = []
      db.on('afterCommit', (changes, scope) => {
        for (const change of changes)
          if (isChangeOf(change, Tag))
            heard.push(`${scope.engine(change.engineKey).key} ${change.kind}`)
      })
      await db.run(() => void db.session.add(new Tag({ name: 'a' })), {
        commit: 'onSuccess',
        ...acme,
      })
      assert.deepEqual(heard, ['acme insert'])
    })

    const deferred = database.needs(
      'constraints that COMMIT looks at',
      database.facts.hasDeferredConstraints,
    )
    it('are known to have committed where another engine has not', deferred, async (t) => {
      const db = await start(t, database)
      const inArchive = { engines: { notes: 'archive' } } as const
      await db.run(async ({ session }) => {
        await db.createAll('notes')
        await session.sql`create table late (tag_id integer references tag (id) deferrable initially deferred)`
        await session.commit()
      }, inArchive)
      const heard: unknown[] = []
      db.on('afterCommit', (changes) => heard.push(changes.map(({ table }) => table)))
      await db.run(async ({ session }) => {
        const note = session.add(new Note({ text: 'stored' }))
        await session.flush()
        await session.sql`insert into late (tag_id) values (77)`
        await assert.rejects(session.commit(), { code: 'PARTIAL_COMMIT', committed: ['archive'] })
        await session.rollback()
        assert.equal(inspect(note).state, 'persistent', 'it is not taken back')
      }, inArchive)
      assert.deepEqual(heard, [['note']])
      assert.equal(await db.run(() => db.select(Note).count(), inArchive), 1)
    })

    it('must be configured, and of the same dialect', async (t) => {
      const db = await start(t, database)
      const wrong = database.dialect.kyselyFlavour === 'sqlite' ? 'records' : 'notes'
      const first = (engine: string): Promise<unknown> =>
        db.run(() => db.select(Tag).first(), { engines: { default: engine } })
      await assert.rejects(first('nowhere'), { code: 'UNKNOWN_ENGINE' })
      await assert.rejects(first(wrong), { code: 'CONFIGURATION', message: /different SQL/ })
    })
  })
}
