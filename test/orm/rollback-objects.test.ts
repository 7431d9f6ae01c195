import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'athanor'
import { Account, blog, Comment, Post, Profile, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { storedPost } from './stored-post.ts'
import { members } from './support.ts'

for (const database of databases()) {
  describe(`objects after a rollback on ${database.name}`, () => {
    it('stand where they stood before a criteria statement', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const [tag] = post.tags
      assert.ok(tag !== undefined)
      await s.update(Post).everyRow().set({ title: 'all' })
      post.tags.set([])
      await s.flush()
      await s.deleteFrom(Tag).everyRow()
      const { updateReturning, deleteReturning } = database.supports
      // where it is not told which rows a statement met, objects are stale
      assert.deepEqual(
        [post.title, inspect(tag).state],
        [updateReturning ? 'all' : 'one', deleteReturning ? 'deleted' : 'persistent'],
      )
      await s.rollback()
      assert.deepEqual(
        [post.title, inspect(tag).state, [...post.tags]],
        ['one', 'persistent', [tag]],
      )
    })

    it('stay outside where they were taken out, and with another session that has them', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const kept = s.add(new Tag({ name: 'kept' }))
      await s.commit()
      kept.name = 'changed'
      const inserted = s.add(new Tag({ name: 'inserted' }))
      await s.flush()
      s.expunge(inserted)
      s.expunge(kept)
      const other = session()
      other.add(kept)
      await s.rollback()
      assert.deepEqual([inspect(inserted).state, inserted.id], ['transient', undefined])
      assert.deepEqual([inspect(kept).session, kept.name], [other, 'changed'])
    })

    // session 2.19
    it('are not shown in what was loaded while they had rows', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const user = s.add(new User({ name: 'bob' }))
      await s.flush()
      const profile = s.add(new Profile({ userId: user.id }))
      const second = s.add(new Post({ title: 'two', authorId: post.authorId }))
      await s.flush()
      await s.load(user, 'profile')
      const author = await s.load(post.author, 'posts')
      assert.deepEqual([user.profile, [...author.posts]], [profile, [post, second]])
      await s.rollback()
      assert.deepEqual([user.profile, [...author.posts]], [profile, [post]]) // both new ones stay together
    })

    it('have the version of the beginning, and the next update passes', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const account = s.add(new Account({ balance: '1.00' }))
      await s.commit()
      account.balance = '2.00'
      await s.flush()
      assert.equal(account.version, 2)
      await s.rollback()
      assert.deepEqual([account.version, account.balance], [1, '1.00'])
      account.balance = '3.00'
      await s.commit()
      assert.equal((await session().getOne(Account, 1)).version, 2)
    })

    it('show on the other sides of their relations when they are added again', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const third = s.add(new Comment({ body: 'third', post }))
      const tag = s.add(new Tag({ name: 'new' }))
      tag.posts.add(post)
      assert.ok(post.comments.includes(third) && post.tags.includes(tag))
      await s.flush()
      await s.rollback()
      assert.equal(post.comments.includes(third) || post.tags.includes(tag), false)
      s.addAll([third, tag])
      assert.ok(post.comments.includes(third) && post.tags.includes(tag))
      assert.deepEqual(members(tag.posts), [post])
      await s.commit()
      const stored = await opened.session().select(Post).with('comments', 'tags').one()
      assert.deepEqual([stored.comments.length, stored.tags.length], [3, 2])
    })
  })
}
