import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { discriminator, id, inspect, int, Model, varchar, version } from 'athanor'
import { blog, Post, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

/** A session that knows nothing yet, beside a user with two posts. */
async function written({ session, sent }: TestDatabase) {
  const s = session()
  const author = new User({ name: 'ada', email: 'ada@example.org' })
  s.addAll([new Post({ title: 'first', views: 1, author }), new Post({ title: 'second', author })])
  await s.commit()
  const reader = session()
  sent.clear()
  return reader
}

for (const database of databases()) {
  describe(`only() on ${database.name}`, () => {
    it('selects the columns that are named, and the key', async (t) => {
      const opened = await database.open(t, blog)
      const s = await written(opened)
      const posts = await s.select(Post).only('title', 'views').orderBy(Post.c.id).all()
      assert.match(
        opened.sent.texts()[0] ?? '',
        /^select "post"."id", "post"."title", "post"."views" from/,
      )
      assert.deepEqual(
        posts.map((post) => ({ ...post })),
        [
          { id: 1, title: 'first', views: 1 },
          { id: 2, title: 'second', views: 0 },
        ],
      )
      const [first] = posts
      await failure(
        'UNLOADED_ATTRIBUTE',
        ['Post.body', 'object.load()'],
        () => (first as Post).body,
      )
      await failure('UNLOADED_ATTRIBUTE', ['Post.author', 'object.load()'], () => first?.author)
      assert.deepEqual(JSON.parse(JSON.stringify(first)), { id: 1, title: 'first', views: 1 })
      await failure('ARGUMENT', ['one call'], () => s.select(Post).only('title').only('body'))
      await failure('ARGUMENT', ['titel', '"title"'], () => s.select(Post).only('titel' as never))
    })

    // session 4.37
    it('selects what objects cannot be used without: version, discriminator, keys of eager relations', async (t) => {
      class Shape extends Model({
        id: id(),
        kind: discriminator(),
        name: varchar(20),
        size: int().default(1),
        version: version(),
      }) {}
      class Circle extends Shape.extend(
        { radius: int().nullable() },
        { inherit: 'single', discriminator: 'circle' },
      ) {}
      const { session, sent } = await database.open(t, { ...blog, Shape, Circle })
      const s = session()
      s.add(new Circle({ name: 'a', radius: 2 }))
      s.add(new Post({ title: 'first', author: new User({ name: 'ada' }) }))
      await s.commit()
      const reader = session()
      sent.clear()
      const shape = await reader.select(Shape).only('name').one()
      assert.match(
        sent.texts()[0] ?? '',
        /^select "shape"."id", "shape"."kind", "shape"."name", "shape"."version" from/,
      )
      assert.ok((shape as object) instanceof Circle)
      shape.name = 'b'
      await reader.commit()
      const [update = ''] = sent.texts().filter((text) => text.startsWith('update'))
      assert.match(update, /set "name" = \?, "version" = \? where "id" = \? and "version" = \?/)
      const post = await reader.select(Post).only('title').with('author', 'tags').one()
      assert.deepEqual([post.author.name, post.tags.length], ['ada', 0])
      assert.ok('authorId' in post && !Object.hasOwn(post, 'views'))
    })

    it('gives objects that become whole when they are asked for as such', async (t) => {
      const opened = await database.open(t, blog)
      const { sent } = opened
      const s = await written(opened)
      const posts = await s.select(Post).only('title').orderBy(Post.c.id).all()
      const [first, second] = posts
      assert.ok(first && second)
      first.title = 'changed'
      sent.clear()
      const whole = await s.noAutoflush(() => s.get(Post, 1))
      assert.equal(whole, first)
      assert.deepEqual(
        [whole?.title, whole?.views, inspect(first).modified],
        ['changed', 1, ['title']],
      )
      assert.equal(sent.count(), 1)
      await s.flush()
      sent.clear()
      const loaded = await second.load()
      assert.equal(loaded.views, 0)
      assert.equal(sent.count(), 1)
      await loaded.load()
      assert.equal(sent.count(), 0)
    })

    it('reads the row where a relation is loaded whose key it has left out', async (t) => {
      const opened = await database.open(t, blog)
      const s = await written(opened)
      const posts = await s.select(Post).only('title').all()
      const [loaded] = await s.load(posts, 'author')
      assert.equal(loaded?.author.name, 'ada')
      assert.deepEqual(opened.sent.kinds(), ['select', 'select', 'select'])
    })

    it('leaves objects in memory as they are, unless they are stale', async (t) => {
      const opened = await database.open(t, blog)
      const s = await written(opened)
      const post = await s.getOne(Post, 1)
      await s.select(Post).only('title').all()
      assert.equal(post.views, 1)
      const rival = opened.session()
      await rival.update(Post).where({ id: 1 }).set({ title: 'rival', views: 5 })
      await rival.commit()
      await s.commit()
      assert.deepEqual([post.title, post.views], ['first', 1])
      await s.select(Post).only('title').all()
      assert.equal(post.title, 'rival')
      assert.throws(() => post.views, { code: 'UNLOADED_ATTRIBUTE' }, 'it is older than the title')
      await s.select(Post).all()
      assert.equal(post.views, 5)
    })

    it('is kept through joins, locks, pages and streams', async (t) => {
      const opened = await database.open(t, blog)
      const s = await written(opened)
      const query = s.select(Post).only('title').orderBy(Post.c.views.desc())
      const keys = (entity: object): string[] => Object.keys(entity)
      const { items } = await query.paginate({ perPage: 1 })
      const keyset = await query.paginateKeyset({ size: 1 })
      assert.deepEqual([...items, ...keyset.items].map(keys), [
        ['id', 'title'],
        ['id', 'title'],
      ])
      for await (const post of query.stream()) assert.deepEqual(keys(post), ['id', 'title'])
      await s.reset()
      assert.deepEqual(keys(await query.join(Post.c.author).where({ id: 2 }).forUpdate().one()), [
        'id',
        'title',
      ])
      assert.deepEqual([await query.count(), await query.exists()], [2, true])
    })
  })
}
