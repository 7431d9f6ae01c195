import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect, type Session } from 'athanor'
import { blog, Comment, Post, Profile, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'

/** Stores ada's post and gives it in the session that wrote it, committed. */
async function committedPost({ session, sent }: TestDatabase): Promise<{ s: Session; post: Post }> {
  const s = session()
  const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
  await s.commit()
  sent.clear()
  return { s, post }
}

for (const database of databases()) {
  describe(`what memory shows after a flush on ${database.name}`, () => {
    // session 2.17
    // session 8.14
    it('is without deleted objects, in collections and references', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      const [author, editor] = [new User({ name: 'ada' }), new User({ name: 'bob' })]
      const [first, second] = [new Comment({ body: 'first' }), new Comment({ body: 'second' })]
      const post = s.add(new Post({ title: 'one', author, editor, comments: [first, second] }))
      const profile = s.add(new Profile({ user: editor }))
      await s.commit()
      const loaded = await s.load(post, 'comments', 'editor.profile')
      s.delete(first)
      s.delete(profile)
      await s.flush()
      assert.deepEqual([[...loaded.comments], editor.profile], [[second], null])
      s.delete(editor)
      await s.commit()
      assert.deepEqual([post.editor, post.editorId, inspect(post).modified], [null, null, []])
      assert.deepEqual(await opened.session().select(Post.c.editorId).all(), [null])
    })

    // session 2.17
    it('follows a foreign key that was set directly', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await committedPost(opened)
      const bob = s.add(new User({ name: 'bob' }))
      await s.flush()
      assert.equal((await post.author.load()).name, 'ada')
      post.authorId = bob.id
      await s.flush()
      assert.equal(post.author, bob)
    })

    // session 2.17
    it('has a moved child on its new side and not on its old one', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await committedPost(opened)
      const bob = s.add(new User({ name: 'bob' }))
      await s.flush()
      const ada = await post.author.load()
      const [from, to] = await s.load([ada, bob], 'posts')
      post.author = bob
      assert.deepEqual([from?.posts.length, to?.posts.length], [0, 1])
      await s.commit()
      assert.deepEqual([from?.posts.length, to?.posts[0]], [0, post])
    })
  })
}
