import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'athanor'
import { blog, Comment, Post, Profile, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { threePosts } from './fixtures.ts'

for (const database of databases()) {
  describe(`with() and objects in memory on ${database.name}`, () => {
    // session 4.25
    it('loads what is not loaded of objects in memory, and overwrites nothing else', async (t) => {
      const opened = await database.open(t, blog)
      await threePosts(opened)
      const s = opened.session()
      const post = await s.select(Post).where({ title: 'b' }).with('tags').one()
      const rival = opened.session()
      const theirs = await rival.select(Post).where({ title: 'b' }).one()
      theirs.tags.add(await rival.select(Tag).where({ name: 'y' }).one())
      theirs.comments.add(new Comment({ body: 'theirs' }))
      await rival.commit()
      const again = await s
        .select(Post)
        .where({ title: 'b' })
        .with('tags', 'comments', 'author')
        .one()
      assert.equal(again, post)
      assert.deepEqual(
        [
          again.tags.map(({ name }) => name),
          again.comments.map(({ body }) => body),
          again.author.name,
        ],
        [['x'], ['theirs'], 'bob'],
      )
      await s.commit()
      const fresh = await s.select(Post).where({ title: 'b' }).with('tags').one()
      assert.deepEqual(
        fresh.tags.map(({ name }) => name).toSorted(),
        ['x', 'y'],
        'after a commit it is stale, and read again',
      )
    })

    // session 4.25
    it('merges what it reads with adds and removes that are not flushed', async (t) => {
      const opened = await database.open(t, blog)
      await threePosts(opened)
      const s = opened.session()
      const post = await s.select(Post).where({ title: 'c' }).one()
      const [x, y] = await s.select(Tag).orderBy(Tag.c.name).all()
      assert.ok(x && y)
      const fresh = new Tag({ name: 'z' })
      post.tags.add(fresh, x)
      post.tags.remove(y)
      const loaded = await s.noAutoflush(() =>
        s.select(Post).where({ title: 'c' }).with('tags').one(),
      )
      assert.deepEqual([...loaded.tags], [x, fresh])
      await s.commit()
      const stored = await opened.session().select(Post).where({ title: 'c' }).with('tags').one()
      assert.deepEqual(
        stored.tags.map(({ name }) => name),
        ['x', 'z'],
      )
    })

    // session 4.25
    it('keeps a reference and a one-to-one that were set and not flushed', async (t) => {
      const opened = await database.open(t, blog)
      await threePosts(opened)
      const s = opened.session()
      const [post, bob] = [
        await s.select(Post).where({ title: 'a' }).one(),
        await s.select(User).where({ name: 'bob' }).one(),
      ]
      const profile = new Profile({ bio: 'gardening' })
      const cyd = new User({ name: 'cyd' })
      bob.profile = profile
      post.author = cyd
      await s.noAutoflush(() => s.select(Post).with('author.profile', 'editor').all())
      await s.noAutoflush(() => s.select(User).with('profile').all())
      assert.equal(post.author, cyd)
      assert.equal(inspect(profile).state, 'pending')
      await s.commit()
      assert.deepEqual(
        await opened
          .session()
          .select({ author: Post.c.author.c.name })
          .where(Post.c.title.eq('a'))
          .all(),
        [{ author: 'cyd' }],
      )
      assert.equal((await opened.session().getOne(Profile, bob.id)).bio, 'gardening')
    })
  })
}
