import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'athanor'
import { Account, blog, Post, Tag, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { targets } from './support.ts'

async function onePost({ session }: TestDatabase): Promise<void> {
  const setup = session()
  const ada = new User({ name: 'ada' })
  setup.add(new Post({ title: 'old', author: ada, editor: ada, tags: [new Tag({ name: 'x' })] }))
  await setup.commit()
}

/** Somebody else's commit. */
async function rename({ session }: TestDatabase, title: string): Promise<void> {
  const rival = session()
  await rival.update(Post).everyRow().set({ title, body: title })
  await rival.commit()
}

for (const database of databases()) {
  describe(`identity on ${database.name}`, () => {
    // session 4.1
    it('is one object for one row, whatever path leads to it', async (t) => {
      const opened = await database.open(t, blog)
      await onePost(opened)
      const s = opened.session()
      const ada = await s.getOne(User, 1)
      const post = await s.select(Post).with('author', 'editor').one()
      const [{ author, post: again }] = (await s
        .select({ author: User, post: Post })
        .from(Post)
        .join(Post.c.author)
        .all()) as [{ author: User; post: Post }]
      const raw = await s.sql`select * from ${User}`.as(User).one()
      const [byTag] = await (await s.select(Tag).one()).posts.load()
      const paths: object[] = [
        post.author,
        post.editor as User,
        author,
        raw,
        await post.author.load(),
        s.reference(User, 1),
      ]
      for (const object of paths) assert.equal(object, ada)
      assert.equal(again, post)
      assert.equal(byTag, post)
    })

    // session 4.8
    it('does not overwrite loaded values by what a row says', async (t) => {
      const opened = await database.open(t, blog)
      await onePost(opened)
      const s = opened.session()
      const post = await s.select(Post).one()
      await rename(opened, 'new')
      const [found] = await s.select(Post).where({ title: 'new' }).all()
      assert.equal(found, post)
      assert.equal(post.title, 'old')
      assert.equal((await s.select(Post).populateExisting().one()).title, 'new')
    })

    // session 4.8
    it('fills what is not loaded', async (t) => {
      const opened = await database.open(t, blog)
      await onePost(opened)
      const s = opened.session()
      const post = s.reference(Post, 1)
      assert.ok(inspect(post).unloaded.includes('title'))
      await s.select(Post).all()
      assert.deepEqual([post.title, inspect(post).unloaded.includes('title')], ['old', false])
    })

    // session 4.8
    it('is overwritten by populateExisting, unflushed changes included', async (t) => {
      const opened = await database.open(t, blog)
      await onePost(opened)
      const s = opened.session()
      const post = await s.select(Post).one()
      post.title = 'mine'
      await s.noAutoflush(() => s.select(Post).populateExisting().one())
      assert.deepEqual([post.title, inspect(post).modified], ['old', []])
    })

    // session 4.9
    // settled H12
    it('keeps an object with changes as it is, stale or not', async (t) => {
      const opened = await database.open(t, blog)
      await onePost(opened)
      const s = opened.session()
      const post = await s.select(Post).one()
      await s.commit()
      await rename(opened, 'theirs')
      post.title = 'mine'
      await s.noAutoflush(() => s.select(Post).one())
      assert.deepEqual([post.title, post.body, inspect(post).modified], ['mine', '', ['title']])
    })

    // settled H12
    it('does not move a version under a change', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      const account = s.add(new Account({ balance: '1.00' }))
      await s.commit()
      const rival = opened.session()
      ;(await rival.getOne(Account, account.id)).balance = '100.00'
      await rival.commit()
      account.balance = '2.00'
      await s.noAutoflush(() => s.get(Account, account.id))
      assert.deepEqual([account.balance, account.version], ['2.00', 1])
      await assert.rejects(s.commit(), { code: 'STALE_DATA' })
    })

    // session 4.10
    it('is refreshed by a locking read, except for changes', async (t) => {
      const opened = await database.open(t, blog)
      await onePost(opened)
      const s = opened.session()
      const post = await s.select(Post).one()
      const tag = await s.select(Tag).one()
      await rename(opened, 'new')
      tag.name = 'mine'
      opened.sent.clear()
      await s.noAutoflush(async () => {
        await s.select(Post).forUpdate().one()
        await s.select(Tag).forUpdate().one()
      })
      assert.deepEqual([post.title, tag.name], ['new', 'mine'])
      assert.deepEqual(opened.sent.kinds(), ['begin', 'select', 'select'])
    })

    // session 4.11
    // session 8.5
    it('holds objects until they are expunged', async (t) => {
      const opened = await database.open(t, blog)
      await onePost(opened)
      const s = opened.session()
      const post = await s.select(Post).one()
      const seen = new WeakRef(await s.select(User).one())
      await new Promise((resolve) => setImmediate(resolve))
      assert.ok(globalThis.gc !== undefined, 'the tests run with --expose-gc')
      globalThis.gc()
      assert.ok(seen.deref() !== undefined)
      opened.sent.clear()
      assert.equal(await s.get(User, 1), seen.deref())
      assert.equal(opened.sent.count(), 0)
      s.expungeAll()
      assert.deepEqual([s.has(post), inspect(post).state], [false, 'detached'])
      assert.notEqual(await s.get(Post, 1), post)
    })

    it('follows a row that is in memory by its key, without a query', async (t) => {
      const opened = await database.open(t, blog)
      await onePost(opened)
      const s = opened.session()
      const ada = await s.getOne(User, 1)
      const post = await s.select(Post).one()
      opened.sent.clear()
      assert.equal(post.author, ada)
      assert.equal(await post.author.load(), ada)
      assert.deepEqual(targets(opened.sent), [])
    })

    it('is null for a null foreign key, without a query', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.add(new Post({ title: 'x', author: new User({ name: 'ada' }) }))
      await s.commit()
      const post = await session().select(Post).one()
      sent.clear()
      assert.equal(post.editor, null)
      assert.equal(sent.count(), 0)
    })
  })
}
