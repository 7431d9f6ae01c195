import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'athanor'
import { blog, Post, Profile, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure, members } from './support.ts'

for (const database of databases()) {
  describe(`the states of an object on ${database.name}`, () => {
    // session 1.1
    it('begin with transient, without a session, SQL or a transaction', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const user = new User({ name: 'ada' })
      user.name = user.name.toUpperCase()
      assert.deepEqual(members(user.posts), [])
      assert.equal(inspect(user).state, 'transient')
      assert.equal(inspect(user).session, null)
      assert.equal(s.inTransaction, false)
      assert.equal(sent.count(), 0)
    })

    // session 1.2
    // settled B20
    it('become pending by add, once, and send nothing', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const user = new User({ name: 'ada' })
      assert.equal(s.add(s.add(user)), user)
      assert.equal(inspect(user).state, 'pending')
      assert.deepEqual(s.pendingChanges().count, 1)
      assert.equal(sent.count(), 0)
      await s.commit()
      assert.deepEqual(sent.kinds(), ['begin', 'insert', 'commit'])
    })

    // session 1.3
    it('become persistent by the flush, which gives the identity', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const user = s.add(new User({ name: 'ada' }))
      assert.equal(inspect(user).identity, null)
      await s.flush()
      assert.deepEqual([inspect(user).state, inspect(user).identity], ['persistent', user.id])
      assert.equal(await s.get(User, user.id), user)
    })

    // session 1.4
    it('stay in the session after delete until the flush has deleted the row', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.commit()
      sent.clear()
      s.delete(tag)
      assert.equal(s.has(tag), true)
      assert.deepEqual(s.pendingChanges().names, [`Tag#${tag.id}`])
      assert.equal(sent.count(), 0)
      await s.flush()
      assert.deepEqual([inspect(tag).state, s.has(tag)], ['deleted', false])
      assert.deepEqual(s.deleted, [])
    })

    // session 1.5
    it('cannot be deleted before they have a row', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const pending = s.add(new Tag({ name: 'a' }))
      await failure('INVALID_REQUEST', ['Tag', 'never flushed', 'expunge'], () => s.delete(pending))
      await failure('INVALID_REQUEST', ['Tag', 'no row'], () => s.delete(new Tag({ name: 'b' })))
      assert.equal(inspect(pending).state, 'pending')
    })

    // session 1.6
    it('are spared by add before the delete was flushed', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.commit()
      sent.clear()
      s.delete(tag)
      s.add(tag)
      await s.commit()
      assert.equal(sent.count(), 0)
      assert.equal(await session().select(Tag).count(), 1)
    })

    // session 1.7
    it('cannot be added again once the delete was flushed, nor once it was committed', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.flush()
      s.delete(tag)
      await s.flush()
      await failure('INVALID_REQUEST', [`Tag#${tag.id}`, 'deleted'], () => s.add(tag))
      await s.commit()
      await failure('INVALID_REQUEST', [`Tag#${tag.id}`, 'deleted'], () => session().add(tag))
    })

    // session 1.8
    it('are detached by the commit of their delete, and persistent again by its rollback', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.commit()
      const { id } = tag
      s.delete(tag)
      await s.flush()
      await s.rollback()
      const back = inspect(tag)
      assert.deepEqual(
        [back.state, back.identity, back.wasDeleted, back.session],
        ['persistent', id, false, s],
      )
      s.delete(tag)
      await s.commit()
      const gone = inspect(tag)
      assert.deepEqual([gone.state, gone.wasDeleted, gone.session], ['detached', true, null])
    })

    // session 1.9
    it('are transient with their values after a rollback, pending or flushed', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tag = new Tag({ name: 'ts' })
      const author = new User({ name: 'ada' })
      const flushed = s.add(new Post({ title: 'one', author, tags: [tag] }))
      await s.flush()
      const pending = s.add(new Tag({ name: 'js' }))
      await s.rollback()
      assert.deepEqual([inspect(flushed).state, inspect(pending).state], ['transient', 'transient'])
      assert.deepEqual([s.has(flushed), s.has(pending), s.has(tag)], [false, false, false])
      assert.deepEqual(
        [flushed.title, flushed.author === author, pending.name],
        ['one', true, 'js'],
      )
      assert.deepEqual(members(flushed.tags), [tag])
    })

    // session 1.9
    it('can be added again after a rollback, with all that they refer to', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const post = new Post({
        title: 'one',
        author: new User({ name: 'ada' }),
        tags: [new Tag({ name: 'ts' })],
      })
      s.add(post)
      await s.flush()
      await s.rollback()
      s.add(post)
      await s.commit()
      const stored = await session().select(Post).with('author', 'tags').one()
      assert.deepEqual(
        [stored.title, stored.author.name, stored.tags.map(({ name }) => name)],
        ['one', 'ada', ['ts']],
      )
    })

    // session 1.10
    it('lose a key that the database made, and keep one that was given', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const user = s.add(new User({ name: 'ada' }))
      const profile = s.add(new Profile({ userId: 77, bio: '' }))
      await s.flush().catch(() => {}) // there is no user 77
      await s.rollback()
      assert.deepEqual([user.id, profile.userId], [undefined, 77])
      s.add(user)
      await s.flush()
      assert.equal(typeof user.id, 'number')
      await s.rollback()
      assert.equal(user.id, undefined)
    })

    // session 1.11
    // settled B1
    it('count as being in the session while they are pending or persistent', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const [s, other] = [session(), session()]
      const tag = new Tag({ name: 'a' })
      assert.equal(s.has(tag), false)
      s.add(tag)
      assert.deepEqual([s.has(tag), other.has(tag)], [true, false])
      await s.commit()
      sent.clear()
      assert.deepEqual([s.has(tag), other.has(tag)], [true, false])
      s.expunge(tag)
      assert.equal(s.has(tag), false)
      assert.equal(sent.count(), 0)
    })

    // session 1.12
    // settled B2
    it('are told by inspect, without SQL', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const user = s.add(new User({ name: 'ada' }))
      await s.commit()
      user.email = 'ada@example.org'
      sent.clear()
      assert.deepEqual(inspect(user), {
        state: 'persistent',
        session: s,
        identity: user.id,
        modified: ['email'],
        unloaded: ['posts', 'profile'],
        isStale: true,
        wasDeleted: false,
      })
      assert.equal(sent.count(), 0)
    })

    // session 1.31
    // session 8.6
    it('are clean again when a value is set back', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
      await s.commit()
      sent.clear()
      const { createdAt } = post
      post.title = 'two'
      post.createdAt = new Date(0)
      post.meta.pins.push(1)
      assert.deepEqual([...inspect(post).modified].toSorted(), ['createdAt', 'meta', 'title'])
      post.title = 'one'
      post.createdAt = new Date(createdAt)
      post.meta = { pins: [] }
      assert.deepEqual(inspect(post).modified, [])
      await s.commit()
      assert.equal(sent.count(), 0)
    })
  })
}
