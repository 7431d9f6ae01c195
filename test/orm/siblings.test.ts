import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blog, Post, Profile, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { manyPosts } from './fixtures.ts'
import { targets } from './support.ts'

for (const database of databases()) {
  describe(`siblings on ${database.name}`, () => {
    // session 4.30
    // session 8.2
    it('loads a relation for all objects of a result: two statements for 100 parents', async (t) => {
      const opened = await database.open(t, blog)
      await manyPosts(opened, 100)
      const { sent } = opened
      const s = opened.session()
      const posts = await s.select(Post).orderBy(Post.c.id).all()
      const names: string[] = []
      for (const post of posts) names.push((await post.author.load()).name)
      assert.deepEqual(
        names,
        posts.map((_, i) => `user ${i}`),
      )
      assert.deepEqual(targets(sent), ['select post', 'select user'])
      for (const post of posts) assert.equal((await post.comments.load()).length, 1)
      for (const post of posts) assert.equal((await post.tags.load()).length, 1)
      for (const post of posts) await s.load(post, 'author.profile', 'tags.posts')
      assert.deepEqual(targets(sent), [
        'select comment',
        'select tag',
        'select profile',
        'select post',
      ])
    })

    // settled B21
    it('loads for one object or for several that came by different ways', async (t) => {
      const opened = await database.open(t, blog)
      await manyPosts(opened, 4)
      const { sent } = opened
      const s = opened.session()
      const posts = await Promise.all([1, 2, 3, 4].map((key) => s.getOne(Post, key)))
      sent.clear()
      const loaded = await s.load(posts, 'author', 'comments')
      assert.deepEqual(targets(sent), ['select user', 'select comment'])
      assert.deepEqual(
        loaded.map(({ author, comments }) => [author.name, comments[0]?.body]),
        posts.map((_, i) => [`user ${i}`, `comment ${i}`]),
      )
      const [first] = posts
      assert.ok(first)
      assert.equal((await s.load(first, 'tags')).tags.length, 1)
    })

    // session 4.30
    it('shares the statement among loads that run in parallel', async (t) => {
      const opened = await database.open(t, blog)
      await manyPosts(opened, 20)
      const { sent } = opened
      const posts = await opened.session().select(Post).all()
      sent.clear()
      const authors = await Promise.all(posts.map((post) => post.author.load()))
      await Promise.all(posts.flatMap((post) => [post.comments.load(), post.tags.load()]))
      assert.equal(new Set(authors).size, 20)
      assert.deepEqual(targets(sent), ['select user', 'select comment', 'select tag'])
    })

    // session 4.30
    it('goes on with the siblings of what was loaded', async (t) => {
      const opened = await database.open(t, blog)
      await manyPosts(opened, 10)
      const { sent } = opened
      const posts = await opened.session().select(Post).all()
      sent.clear()
      for (const post of posts) {
        const [tag] = await post.tags.load()
        const [back] = (await tag?.posts.load()) ?? []
        assert.equal(back, post)
        await (await post.author.load()).profile?.load()
      }
      assert.deepEqual(targets(sent), [
        'select tag',
        'select post',
        'select user',
        'select profile',
      ])
    })

    // session 4.30
    it('goes on giving load() to the siblings of an object whose one row is known', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const setup = session()
      setup.addAll(
        ['ada', 'bob', 'cyd'].map(
          (name) => new User({ name, profile: name === 'bob' ? new Profile({ bio: 'x' }) : null }),
        ),
      )
      await setup.commit()
      const s = session()
      const users = await s.select(User).orderBy(User.c.name).all()
      sent.clear()
      for (let round = 0; round < 2; round += 1) {
        const bios: (string | undefined)[] = []
        for (const user of users) bios.push((await user.profile?.load())?.bio)
        assert.deepEqual(bios, [undefined, 'x', undefined])
      }
      assert.deepEqual(targets(sent), ['select profile'])
      const [ada, bob] = users
      assert.ok(ada && bob)
      assert.equal((await s.load(ada, 'profile')).profile, null)
      assert.equal((await bob.load('profile')).profile?.bio, 'x')
      assert.equal(sent.count(), 0)
    })

    // session 4.30
    it('loads for all targets of a joined relation, and for all objects of a record', async (t) => {
      const opened = await database.open(t, blog)
      await manyPosts(opened, 5)
      const { sent } = opened
      const s = opened.session()
      const posts = await s.select(Post).with('author').all()
      sent.clear()
      for (const post of posts) await post.author.profile?.load()
      assert.deepEqual(targets(sent), ['select profile'])
      const rows = await opened.session().select({ post: Post, name: Post.c.author.c.name }).all()
      for (const row of rows) await row.post.comments.load()
      assert.deepEqual(targets(sent), ['select post', 'select comment'])
    })

    // settled H31
    it('does not keep the siblings of an object that was expunged', async (t) => {
      const opened = await database.open(t, blog)
      await manyPosts(opened, 3)
      const { sent } = opened
      const s = opened.session()
      const [first, second] = await s.select(Post).orderBy(Post.c.id).all()
      assert.ok(first && second)
      s.expunge(second)
      sent.clear()
      await first.author.load()
      assert.deepEqual(
        sent.events.map(({ rows }) => rows),
        [2],
      )
    })
  })
}
