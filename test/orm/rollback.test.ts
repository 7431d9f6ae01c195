import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'athanor'
import { blog, Comment, Post, Profile, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { storedPost } from './stored-post.ts'
import { failure } from './support.ts'

for (const database of databases()) {
  const several = database.needs('second connection', !database.facts.hasOneConnection)
  describe(`rollback on ${database.name}`, () => {
    // session 2.18
    it('brings back the values of the beginning, readable at once, and marks all objects', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const createdAt = new Date(post.createdAt)
      post.title = 'two'
      post.meta.pins.push(1)
      await s.flush()
      post.title = 'three'
      post.views = 5
      await s.flush()
      post.title = 'four'
      post.createdAt.setFullYear(1999)
      await s.rollback()
      opened.sent.clear()
      assert.deepEqual([post.title, post.views, post.meta], ['one', 0, { pins: [] }])
      assert.deepEqual(post.createdAt, createdAt)
      assert.deepEqual(
        [inspect(post).modified, inspect(post).isStale, inspect(post.author).isStale],
        [[], true, true],
      )
      assert.equal(opened.sent.count(), 0)
      await s.commit()
      assert.equal(opened.sent.count(), 0)
    })

    // session 2.18
    it('unloads what was not known at the beginning', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      await s.close()
      const other = opened.session()
      const hollow = other.reference(Post, post.id)
      hollow.title = 'blind'
      await other.flush()
      assert.equal((await hollow.load()).body, '')
      await other.rollback()
      await failure('UNLOADED_ATTRIBUTE', ['Post.title'], () => hollow.title)
      assert.equal(await other.get(Post, post.id), hollow)
      assert.equal(hollow.title, 'one')
    })

    // session 2.19
    it('brings back members that were taken out, and takes out those that were added', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const [comments, tags] = [[...post.comments], [...post.tags]]
      post.comments.remove(...post.comments.slice(0, 1))
      post.tags.set([new Tag({ name: 'js' })])
      await s.flush()
      post.comments.add(new Comment({ body: 'third' }))
      assert.equal(post.comments.length, 2)
      await s.rollback()
      assert.deepEqual([[...post.comments], [...post.tags]], [comments, tags])
      await s.commit()
      const stored = await opened.session().select(Post).with('comments', 'tags').one()
      assert.deepEqual([stored.comments.length, stored.tags.map(({ name }) => name)], [2, ['ts']])
    })

    // session 2.19
    it('brings back references, flushed or not', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const { author } = post
      const { profile } = author
      assert.ok(profile !== null)
      const bob = s.add(new User({ name: 'bob', profile: new Profile({}) }))
      post.author = bob as typeof author
      await s.flush()
      post.editor = bob
      await s.rollback()
      assert.deepEqual(
        [post.author, post.authorId, post.editor, post.editorId],
        [author, author.id, null, null],
      )
      assert.equal(author.profile, profile)
      assert.equal(bob.profile === profile, false)
    })

    // session 2.19
    it('brings back what hung on an object that was deleted', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const [first] = post.comments
      const { profile } = post.author
      assert.ok(first !== undefined && profile !== null)
      s.delete(first)
      s.delete(profile)
      await s.flush()
      assert.deepEqual([post.comments.length, post.author.profile], [1, null])
      await s.rollback()
      assert.deepEqual([post.comments.includes(first), post.author.profile], [true, profile])
    })

    // session 2.20
    it('lets added objects go and brings deleted ones back', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const [tag] = post.tags
      assert.ok(tag !== undefined)
      const added = s.add(new Tag({ name: 'new' }))
      s.delete(tag)
      await s.flush()
      const fleeting = s.add(new Tag({ name: 'fleeting' }))
      await s.flush()
      s.delete(fleeting)
      await s.flush()
      await s.rollback()
      assert.deepEqual(
        [added, tag, fleeting].map((each) => inspect(each).state),
        ['transient', 'persistent', 'transient'],
      )
      assert.equal(await s.get(Tag, tag.id), tag)
      s.add(fleeting)
      await s.commit()
      assert.deepEqual(await opened.session().select(Tag.c.name).orderBy(Tag.c.name).all(), [
        'fleeting',
        'ts',
      ])
    })

    // session 2.21
    it('gives an identity back to its first object, and expels the second, inserted or loaded', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const [first] = post.tags
      assert.ok(first !== undefined)
      const { id } = first
      s.delete(first)
      await s.flush()
      const inserted = s.add(new Tag({ id, name: 'second' }))
      await s.flush()
      assert.equal(await s.get(Tag, id), inserted)
      await s.rollback()
      assert.deepEqual(
        [s.has(first), s.has(inserted), inspect(inserted).state],
        [true, false, 'transient'],
      )
      assert.equal(await s.get(Tag, id), first)
      s.delete(first)
      await s.flush()
      await s.insert(Tag).values({ id, name: 'by hand' })
      const loaded = await s.getOne(Tag, id)
      assert.notEqual(loaded, first)
      await s.rollback()
      assert.deepEqual(
        [s.has(first), s.has(loaded), inspect(loaded).state],
        [true, false, 'detached'],
      )
      assert.equal(await s.get(Tag, id), first)
      assert.equal(first.name, 'ts')
    })

    // session 2.22
    it('does not fail when the connection is gone', several, async (t) => {
      const { db, session } = await database.open(t, blog)
      const s = session()
      const held: { close(): unknown }[] = []
      using _ = db.engine.events.on('checkout', ({ connection }) => held.push(connection))
      const tag = s.add(new Tag({ name: 'a' }))
      await s.flush()
      await held.at(-1)?.close()
      await s.rollback()
      assert.deepEqual([inspect(tag).state, s.inTransaction], ['transient', false])
      s.add(tag)
      await s.commit()
      assert.deepEqual(await session().select(Tag.c.name).all(), ['a'])
    })

    // session 2.23
    // session 8.8
    it('leaves session and objects usable at once', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      post.title = 'lost'
      await s.flush()
      await s.rollback()
      post.title = 'two'
      s.add(new Comment({ body: 'third', post }))
      await s.commit()
      assert.deepEqual(
        opened.sent.kinds().filter((kind) => kind !== 'select'),
        ['begin', 'update', 'rollback', 'begin', 'update', 'insert', 'commit'],
      )
      const stored = await opened.session().select(Post).with('comments').one()
      assert.deepEqual([stored.title, stored.comments.length], ['two', 3])
    })

    // session 2.24
    it('undoes all savepoints', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      post.title = 'outer'
      await s.beginNested(async () => {
        post.title = 'middle'
        await s.beginNested(async () => {
          post.title = 'inner'
          await s.flush()
          await s.rollback()
        })
        assert.equal(post.title, 'one')
      })
      assert.deepEqual(opened.sent.kinds(), [
        'begin',
        'update',
        'savepoint',
        'update',
        'savepoint',
        'update',
        'rollback',
      ])
      assert.equal((await opened.session().getOne(Post, post.id)).title, 'one')
    })
  })
}
