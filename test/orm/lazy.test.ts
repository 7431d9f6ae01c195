import assert from 'node:assert/strict'
import { on } from 'node:events'
import { describe, it } from 'node:test'
import { Model, belongsTo, hasOne, id, inspect, int, type List, type Many } from 'athanor'
import { blog, Comment, Post, Profile, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { manyPosts } from './fixtures.ts'
import { failure, targets } from './support.ts'

/** The database lets several rows be the one. */
class Desk extends Model({ id: id(), lamp: () => hasOne(Lamp, 'desk') }) {}
class Lamp extends Model({ id: id(), deskId: int(), desk: () => belongsTo(Desk) }) {}

/** What a collection can do only when it is loaded, forced past the compiler. */
const forced = (collection: Many<object>): List<object> => collection as List<object>

for (const database of databases()) {
  describe(`load() on ${database.name}`, () => {
    // session 4.29
    it('sends one statement, and nothing when it is repeated', async (t) => {
      const opened = await database.open(t, blog)
      await manyPosts(opened, 1)
      const { sent } = opened
      const s = opened.session()
      const post = await s.select(Post).one()
      sent.clear()
      const tags = await post.tags.load()
      assert.equal(await post.tags.load(), tags)
      const loaded = await s.load(post, 'tags', 'author')
      assert.equal(loaded.tags, tags)
      assert.equal(await post.author.load(), loaded.author)
      assert.equal(await (await post.load('tags')).tags.load(), tags)
      assert.deepEqual(targets(sent), ['select tag', 'select user'])
    })

    // session 4.29
    // session 4.34
    // session 8.2
    it('is needed before a collection is read: reading never asks the database', async (t) => {
      const opened = await database.open(t, blog)
      await manyPosts(opened, 1)
      const { sent } = opened
      const post = await opened.session().select(Post).one()
      sent.clear()
      const unloaded = { code: 'UNLOADED_ATTRIBUTE' }
      assert.throws(() => [...forced(post.tags)], unloaded)
      assert.throws(() => forced(post.tags).length, unloaded)
      assert.equal(sent.count(), 0)
    })

    // session 4.31
    it('answers a reference from memory, unless it is stale', async (t) => {
      const opened = await database.open(t, blog)
      await manyPosts(opened, 3)
      const { sent } = opened
      const s = opened.session()
      const users = await s.select(User).all()
      const posts = await s.select(Post).all()
      sent.clear()
      for (const post of posts) assert.ok(users.includes(await post.author.load()))
      assert.equal(sent.count(), 0)
      await s.commit()
      await posts[0]?.author.load()
      assert.deepEqual(targets(sent), ['select user'])
    })

    // session 4.32
    it('knows the relations of a new object without asking', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const user = s.add(new User({ name: 'ada' }))
      const post = new Post({ title: 'x' })
      user.posts.add(post)
      assert.deepEqual([...(forced(user.posts) as unknown as Post[])], [post])
      assert.equal(await s.noAutoflush(() => user.profile?.load()), null)
      assert.equal(post.author, user)
      assert.equal(sent.count(), 0)
    })

    // session 4.33
    it('says that the session is closed, and where', async (t) => {
      const opened = await database.open(t, blog)
      await manyPosts(opened, 1)
      const s = opened.session()
      const post = await s.select(Post).one()
      const { author } = post
      await s.close()
      opened.sent.clear()
      for (const load of [
        () => post.tags.load(),
        () => author.load(),
        () => post.load('comments'),
      ]) {
        await failure('SESSION_CLOSED', ['closed at', 'lazy.test.ts'], load)
      }
      assert.throws(() => (author as User).name, { code: 'DETACHED_INSTANCE' })
      assert.equal(opened.sent.count(), 0)
    })

    // session 4.34
    it('is not needed to add and remove members', async (t) => {
      const opened = await database.open(t, blog)
      await manyPosts(opened, 2)
      const { sent } = opened
      const s = opened.session()
      const [first, second] = await s.select(Post).orderBy(Post.c.id).all()
      const [tag, other] = await s.select(Tag).orderBy(Tag.c.id).all()
      assert.ok(first && second && tag && other)
      sent.clear()
      first.tags.add(other, new Tag({ name: 'new' }))
      first.tags.remove(tag)
      first.comments.add(new Comment({ body: 'more' }))
      assert.equal(sent.count(), 0)
      await s.flush()
      assert.deepEqual(targets(sent), [
        'insert comment',
        'insert tag',
        'delete post_tags',
        'insert post_tags',
        'insert post_tags',
      ])
      assert.deepEqual(
        (await first.tags.load()).map(({ name }) => name),
        ['tag 1', 'new'],
      )
      assert.deepEqual(
        (await first.comments.load()).map(({ body }) => body),
        ['comment 0', 'more'],
      )
      await s.commit()
    })

    // session 4.34
    it('merges what it reads with members that were added and removed before', async (t) => {
      const opened = await database.open(t, blog)
      await manyPosts(opened, 2)
      const s = opened.session()
      const [first] = await s.select(Post).orderBy(Post.c.id).all()
      const [tag, other] = await s.select(Tag).orderBy(Tag.c.id).all()
      assert.ok(first && tag && other)
      first.tags.add(other)
      first.tags.remove(tag)
      const tags = await s.noAutoflush(() => first.tags.load())
      assert.deepEqual([...tags], [other])
      await s.commit()
      assert.deepEqual(
        (await opened.session().select(Post).orderBy(Post.c.id).with('tags').first())?.tags.map(
          ({ name }) => name,
        ),
        ['tag 1'],
      )
    })

    it('gives one row or null, where the other side has the key', async (t) => {
      const { session } = await database.open(t, blog)
      const setup = session()
      setup.addAll([
        new User({ name: 'ada', profile: new Profile({ bio: 'x' }) }),
        new User({ name: 'bob' }),
      ])
      await setup.commit()
      const [ada, bob] = await session().select(User).orderBy(User.c.name).all()
      assert.equal((await ada?.profile?.load())?.bio, 'x')
      assert.equal(await bob?.profile?.load(), null)
    })

    it('warns when there are several rows where one is declared, and takes the first', async (t) => {
      const { session } = await database.open(t, { Desk, Lamp })
      const s = session()
      const desk = s.add(new Desk({}))
      await s.flush()
      await s.insert(Lamp).values([{ deskId: desk.id }, { deskId: desk.id }])
      await s.commit()
      const warnings = on(process, 'warning') // of other tests, too
      const lamp = await (await session().select(Desk).one()).lamp?.load()
      assert.ok(lamp instanceof Lamp)
      for await (const [{ code, message }] of warnings as AsyncIterable<
        [Error & { code: string }]
      >) {
        if (code !== 'ATHANOR_SEVERAL_ROWS') continue
        assert.match(message, /Desk\.lamp of Desk#1 found 2 rows/)
        break
      }
    })

    it('reads the row of an object that has only its key', async (t) => {
      const opened = await database.open(t, blog)
      await manyPosts(opened, 2)
      const { sent } = opened
      const s = opened.session()
      const [first, second] = [s.reference(User, 1), s.reference(User, 2)]
      assert.deepEqual([inspect(first).unloaded.includes('name'), sent.count()], [true, 0])
      await first.load()
      assert.deepEqual([first.name, inspect(second).unloaded.includes('name')], ['user 0', true])
      assert.deepEqual(targets(sent), ['select user'])
      const missing = s.reference(User, 99)
      await failure('OBJECT_DELETED', ['User#99'], () => missing.load())
    })

    it('gives a query for the members of a collection', async (t) => {
      const opened = await database.open(t, blog)
      await manyPosts(opened, 3)
      const { sent } = opened
      const s = opened.session()
      const post = await s.select(Post).where({ title: 'post 1' }).one()
      const author = await s.getOne(User, post.authorId)
      sent.clear()
      assert.deepEqual(
        (await author.posts.select().where({ published: false }).all()).map(({ title }) => title),
        ['post 1'],
      )
      assert.deepEqual(
        [
          await post.tags.select().count(),
          await post.comments.select().where({ body: 'none' }).exists(),
        ],
        [1, false],
      )
      assert.equal(sent.count(), 3)
    })
  })
}
