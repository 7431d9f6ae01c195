import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect as print } from 'node:util'
import { assign, bigint, id, inspect, isLoaded, Model, text, varchar } from 'athanor'
import { blog, Post, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

/** A model with what JSON must not say and cannot say. */
class Login extends Model({
  id: id(),
  name: varchar(40),
  passwordHash: text().hidden(),
  visits: bigint().default(0n),
}) {
  /** A field of the class itself. */
  cached = 'yes'
}

/** Stores ada and a post, and gives the post as another session has read it. */
async function readPost({
  session,
}: TestDatabase): Promise<{ s: ReturnType<typeof session>; post: Post }> {
  const writer = session()
  writer.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
  await writer.commit()
  const s = session()
  return { s, post: await s.select(Post).one() }
}

for (const database of databases()) {
  describe(`what can be seen of an object on ${database.name}`, () => {
    // settled A10
    it('is its columns alone: state, session and relations are no properties', async (t) => {
      const opened = await database.open(t, blog)
      const { post } = await readPost(opened)
      assert.deepEqual(Object.keys(post), [
        'id',
        'title',
        'body',
        'views',
        'published',
        'createdAt',
        'meta',
        'authorId',
        'editorId',
      ])
      const { createdAt } = post
      const expected = {
        id: 1,
        title: 'one',
        body: '',
        views: 0,
        published: false,
        createdAt,
        meta: { pins: [] },
        authorId: 1,
        editorId: null,
      }
      const copy = Object.assign({}, post) // as a spread does
      assert.deepEqual(copy, expected)
      assert.deepEqual(structuredClone(copy), expected)
      assert.deepEqual(Reflect.ownKeys(post), Object.keys(post))
    })

    // settled A10
    it('is the same for new and for loaded objects', async (t) => {
      const opened = await database.open(t, blog)
      const { post } = await readPost(opened)
      assert.deepEqual(Object.keys(new Post({ title: 'two', authorId: 1 })), Object.keys(post))
    })

    // settled A8
    it('is undefined for a generated column until the flush', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const user = s.add(new User({ name: 'ada' }))
      assert.equal(user.id, undefined)
      assert.ok('id' in user)
      await s.flush()
      assert.equal(user.id, 1)
    })

    // settled A7
    it('has client defaults from the constructor on', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const before = Date.now()
      const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
      assert.ok(post.createdAt.getTime() >= before)
      assert.deepEqual([post.views, post.published, post.meta], [0, false, { pins: [] }])
      const { createdAt } = post
      await s.commit()
      assert.deepEqual((await session().getOne(Post, post.id)).createdAt, createdAt)
    })

    // settled A9
    // settled M24
    it('as JSON leaves hidden columns out and has a bigint as text', async (t) => {
      const { session } = await database.open(t, { Login })
      const s = session()
      const login = s.add(
        new Login({ name: 'ada', passwordHash: 'secret', visits: 9007199254740993n }),
      )
      await s.commit()
      assert.equal(JSON.stringify(login), '{"id":1,"name":"ada","visits":"9007199254740993"}')
      assert.equal(login.passwordHash, 'secret')
      assert.equal(print(login), '<Login 1>')
      assert.equal(print(login).includes('secret'), false)
    })

    // settled H17
    it('of a hollow reference is its key', async (t) => {
      const opened = await database.open(t, blog)
      const { post } = await readPost(opened)
      assert.equal(isLoaded(post.author), false)
      assert.deepEqual(JSON.parse(JSON.stringify(post.author)), { id: 1 })
      assert.deepEqual(inspect(post.author).unloaded, ['name', 'email', 'posts', 'profile'])
      await failure('UNLOADED_ATTRIBUTE', ['User.name'], () => Reflect.get(post.author, 'name'))
      await post.author.load()
      assert.equal(isLoaded(post.author), true)
      assert.equal(JSON.parse(JSON.stringify(post.author)).name, 'ada')
    })

    // session 1.12
    it('by inspect are changed columns, with what JSON and dates hold', async (t) => {
      const opened = await database.open(t, blog)
      const { post } = await readPost(opened)
      assert.deepEqual(inspect(post).unloaded, ['author', 'comments', 'tags'])
      post.title = 'two'
      post.meta.pins.push(1)
      post.createdAt.setFullYear(1999)
      assert.deepEqual(inspect(post).modified.toSorted(), ['createdAt', 'meta', 'title'])
    })
  })

  describe(`what may be assigned to an object on ${database.name}`, () => {
    // settled H18
    it('is no property that nobody declared', async (t) => {
      const { session } = await database.open(t, { ...blog, Login })
      const s = session()
      const user = s.add(new User({ name: 'ada' }))
      Object.assign(user, { isAdmin: true })
      await failure('ARGUMENT', ['isAdmin', 'User', 'assign('], () => s.commit())
      assert.equal(Reflect.deleteProperty(user, 'isAdmin'), true)
      const login = s.add(new Login({ name: 'ada', passwordHash: '' }))
      login.cached = 'no'
      await s.commit()
      assert.equal(await session().select(User).count(), 1)
    })

    // settled H18
    it('is no other primary key, and no undefined', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await readPost(opened)
      opened.sent.clear()
      Object.assign(post, { id: 7 })
      await failure('ARGUMENT', ['Post.id', 'primary key'], () => s.flush())
      await s.rollback()
      assert.equal(post.id, 1)
      Object.assign(post, { title: undefined })
      await failure('ARGUMENT', ['Post.title'], () => s.flush())
      assert.equal(opened.sent.count(), 0)
    })

    // settled H18
    it('is no plain object where a relation takes objects of a model', async (t) => {
      const opened = await database.open(t, blog)
      const { post } = await readPost(opened)
      await failure('ARGUMENT', ['Post.author', 'User'], () =>
        Object.assign(post, { author: { id: 1, name: 'eve' } }),
      )
      await failure('ARGUMENT', ['Post.tags', 'Tag'], () =>
        Object.assign(post, { tags: [{ id: 1 }] }),
      )
      await failure('ARGUMENT', ['Post.author', 'a Post'], () =>
        Object.assign(post, { author: post }),
      )
    })

    // settled H18
    it('is by assign() what is named, and nothing else', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await readPost(opened)
      const body = { title: 'two', body: 'text', id: 99, authorId: 99, isAdmin: true }
      assert.equal(assign(post, body, ['title', 'body', 'views']), post)
      assert.deepEqual(
        [post.title, post.body, post.views, post.id, post.authorId],
        ['two', 'text', 0, 1, 1],
      )
      await failure('INVALID_INPUT', ['"views" must be an integer'], () =>
        assign(post, { title: 'three', views: '5' }, ['title', 'views']),
      )
      assert.equal(post.title, 'two')
      await s.commit()
      assert.equal((await opened.session().getOne(Post, 1)).body, 'text')
    })
  })
}
