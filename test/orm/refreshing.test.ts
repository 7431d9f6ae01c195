import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect, type Session } from 'athanor'
import { blog, Comment, Post, Profile, Tag, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

/** Stores a post of ada's, and gives it in a session of its own, read and not stale. */
async function storedPost({ session, sent }: TestDatabase): Promise<{ s: Session; post: Post }> {
  const writer = session()
  writer.add(new Post({ title: 'one', body: 'old', author: new User({ name: 'ada' }) }))
  await writer.commit()
  const s = session()
  const post = await s.select(Post).one()
  sent.clear()
  return { s, post }
}

/** Changes the row behind the back of all sessions. */
async function changeOutside(
  { session }: TestDatabase,
  values: { title?: string; body?: string },
): Promise<void> {
  const s = session()
  await s.update(Post).everyRow().set(values)
  await s.commit()
}

for (const database of databases()) {
  describe(`reading objects again on ${database.name}`, () => {
    // session 1.24
    it('discards the changes of the object, writes all others, and reads the row', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const tag = s.add(new Tag({ name: 'a' }))
      post.title = 'lost'
      assert.equal(await s.refresh(post), post)
      assert.equal(post.title, 'one')
      assert.deepEqual(opened.sent.kinds(), ['begin', 'insert', 'select'])
      assert.equal(inspect(tag).state, 'persistent')
    })

    // session 1.24
    it('sends SQL even for what was read just now, and takes over what others have written', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      await s.refresh(post)
      assert.deepEqual(opened.sent.kinds(), ['select'])
      await changeOutside(opened, { title: 'theirs' })
      assert.equal(post.title, 'one')
      await s.refresh(post)
      assert.equal(post.title, 'theirs')
    })

    // session 1.24
    it('discards and reads only some columns when they are named', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      post.title = 'lost'
      post.body = 'kept'
      await s.refresh(post, { only: ['title'] })
      assert.deepEqual([post.title, post.body], ['one', 'kept'])
      assert.deepEqual(opened.sent.kinds(), ['begin', 'update', 'select'])
      await s.noAutoflush(async () => {
        post.body = 'unflushed'
        await s.refresh(post, { only: ['title'] })
      })
      assert.deepEqual([post.body, inspect(post).modified], ['unflushed', ['body']])
    })

    // session 1.24
    it('locks the row when it is asked to', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      await s.refresh(post, { lock: true })
      assert.deepEqual(opened.sent.kinds(), ['begin', 'select'])
      await s.rollback()
    })

    // session 1.25
    it('is refused for objects that are not persistent in the session', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      await failure('INVALID_REQUEST', ['Tag', 'not persistent in this session'], () =>
        s.refresh(new Tag({ name: 'a' })),
      )
      await failure('INVALID_REQUEST', [`Post#${post.id}`, 'not persistent in this session'], () =>
        opened.session().refresh(post),
      )
    })

    // session 1.25
    it('says that the row is gone', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const other = opened.session()
      await other.deleteFrom(Post).everyRow()
      await other.commit()
      await failure('OBJECT_DELETED', [`Post#${post.id}`, 'no longer exists'], () =>
        s.refresh(post),
      )
    })

    // session 1.26
    it('is asked for by expire, which discards changes, sends nothing and leaves values', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      await changeOutside(opened, { title: 'theirs' })
      post.body = 'lost'
      opened.sent.clear()
      s.expire(post)
      assert.equal(opened.sent.count(), 0)
      assert.deepEqual([post.title, post.body, inspect(post).isStale], ['one', 'old', true])
      assert.equal(await s.get(Post, post.id), post)
      assert.deepEqual([post.title, inspect(post).isStale], ['theirs', false])
      assert.deepEqual(opened.sent.kinds(), ['select'])
    })

    // session 1.26
    it('is asked for by expire for relations too', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const own = await s.load(post, 'comments', 'author.profile')
      const writer = opened.session()
      writer.add(new Comment({ body: 'new', post: writer.reference(Post, post.id) }))
      writer.add(new Profile({ userId: post.authorId }))
      await writer.commit()
      await s.load(post, 'comments', 'author.profile')
      assert.deepEqual([own.comments.length, own.author.profile], [0, null])
      s.expire(post)
      s.expire(own.author)
      assert.deepEqual([own.comments.length, own.author.profile], [0, null])
      await s.load(post, 'comments', 'author.profile')
      assert.deepEqual([own.comments.length, own.author.profile?.userId], [1, post.authorId])
    })

    // session 1.26
    it('is asked for by expire for some columns, whose changes alone are lost', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      post.title = 'lost'
      post.body = 'kept'
      s.expire(post, { only: ['title'] })
      assert.deepEqual([post.title, post.body, inspect(post).isStale], ['one', 'kept', true])
      const { author } = post
      post.author = s.add(new User({ name: 'bob' }))
      s.expire(post, { only: ['authorId'] })
      assert.deepEqual([post.authorId, post.author], [1, author])
    })

    // session 1.26
    it('is needed before any value can be read after a hard expire', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      s.expire(post, { hard: true })
      assert.equal(post.id, 1)
      await failure('UNLOADED_ATTRIBUTE', ['Post.title', 'Post#1', 'load()'], () => post.title)
      await post.load()
      assert.equal(post.title, 'one')
    })

    // session 1.27
    it('is what reading an unloaded column or relation asks for', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const author = s.reference(User, post.authorId)
      await failure(
        'UNLOADED_ATTRIBUTE',
        ['User.name', `User#${post.authorId}`, 'load()'],
        () => author.name,
      )
      const comment = s.reference(Comment, 5)
      await failure(
        'UNLOADED_ATTRIBUTE',
        ['Comment.post', 'Comment#5', 'load()'],
        () => comment.post,
      )
      assert.equal(opened.sent.count(), 0)
      await author.load()
      assert.equal(author.name, 'ada')
    })

    // session 1.28
    it('is impossible once the session is closed, and the error says where and why', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const { author } = post
      await s.close('the report is done')
      const error = await failure(
        'DETACHED_INSTANCE',
        ['User.name', 'refreshing.test.ts', 'the report is done'],
        () => Reflect.get(author, 'name'),
      )
      assert.equal((error.cause as { code: string }).code, 'SESSION_CLOSED')
      assert.equal(post.title, 'one')
    })

    // session 1.28
    it('is impossible once the object was taken out of its session', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      s.expunge(post)
      await failure('DETACHED_INSTANCE', ['Post.author', `Post#${post.id}`], () => post.author)
      const hollow = s.reference(User, post.authorId)
      s.expunge(hollow)
      await failure('DETACHED_INSTANCE', ['User.name', 'in no session'], () => hollow.name)
    })

    // session 1.32
    // settled A9
    it('is not done by JSON, which has loaded columns and relations, and keys for circles', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await storedPost(opened)
      const { createdAt, meta } = post
      const columns = {
        id: 1,
        title: 'one',
        body: 'old',
        views: 0,
        published: false,
        createdAt: createdAt.toISOString(),
        meta,
        authorId: 1,
        editorId: null,
      }
      assert.deepEqual(JSON.parse(JSON.stringify(post)), columns)
      await s.load(post, 'author', 'author.posts')
      opened.sent.clear()
      const author = { id: 1, name: 'ada', email: null, posts: [{ id: 1 }] }
      assert.deepEqual(JSON.parse(JSON.stringify(post)), { ...columns, author })
      assert.deepEqual(Object.keys(post), Object.keys(columns))
      assert.equal(opened.sent.count(), 0)
    })
  })
}
