import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { id, inspect, int, Model, now, sql, timestamp, varchar, version } from 'athanor'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

class Page extends Model({
  id: id(),
  title: varchar(40),
  views: int().default(0),
  likes: int().default(0),
  changedAt: timestamp()
    .default(now)
    .onUpdate(() => new Date(0)),
  version: version(),
}) {}

async function post({ session }: TestDatabase) {
  const s = session()
  const made = s.add(new Post({ title: 'a', views: 5, author: new User({ name: 'ada' }) }))
  await s.commit()
  return { s, post: made }
}

for (const database of databases()) {
  describe(`expressions as values on ${database.name}`, () => {
    // session 3.18
    it('are computed by the database, and the property has what came of it', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post: mine } = await post(opened)
      const rival = opened.session()
      await rival.update(Post).where({ id: mine.id }).set({ views: 100 })
      await rival.commit()
      opened.sent.clear()
      s.set(mine, { views: Post.c.views.plus(1), title: 'b' })
      assert.deepEqual(inspect(mine).modified, ['title', 'views'])
      assert.ok(!('views' in mine.toJSON()), 'nobody knows it yet')
      await s.flush()
      assert.equal(mine.views, 101, 'on top of what the rival wrote')
      assert.equal(mine.title, 'b')
      assert.deepEqual(inspect(mine).modified, [])
      const [update = ''] = opened.sent.texts().filter((text) => text.startsWith('update'))
      assert.match(update, /"views" = .*"views" \+ /)
      await s.flush()
      assert.equal(opened.sent.count(), 0, 'once')
      await s.commit()
      assert.equal((await opened.session().getOne(Post, mine.id)).views, 101)
    })

    it('go beside versions, onUpdate and other rows of the flush', async (t) => {
      const { session } = await database.open(t, { Page })
      const s = session()
      const pages = ['a', 'b', 'c'].map((title) => s.add(new Page({ title })))
      await s.commit()
      const [a, b, c] = pages
      assert.ok(a && b && c)
      s.set(a, { likes: Page.c.views.plus(10), views: Page.c.views.plus(1) })
      b.views = 7
      s.set(c, { views: Page.c.id.times(100) })
      await s.commit()
      assert.deepEqual(
        pages.map((page) => [page.views, page.likes, page.version, page.changedAt.getTime()]),
        [
          [1, 10, 2, 0],
          [7, 0, 2, 0],
          [c.id * 100, 0, 2, 0],
        ],
      )
      const rival = session()
      ;(await rival.getOne(Page, a.id)).title = 'rival'
      await rival.commit()
      s.set(a, { views: Page.c.views.plus(1) })
      await failure('STALE_DATA', ['Page#1'], () => s.commit())
      await s.rollback()
      assert.equal((await s.getOne(Page, a.id)).views, 1)
    })

    it('may ask other tables, and be undone', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post: mine } = await post(opened)
      mine.tags.add(new Tag({ name: 'x' }), new Tag({ name: 'y' }))
      await s.commit()
      s.set(mine, { views: Post.c.tags.count() })
      await s.flush()
      assert.equal(mine.views, 2)
      await s.rollback()
      assert.equal(mine.views, 5)
      s.set(mine, { title: sql<string>`upper(${Post.c.title})` })
      s.expire(mine, { only: ['title'] })
      assert.equal(mine.title, 'a')
      await s.commit()
      assert.equal((await opened.session().getOne(Post, mine.id)).title, 'a')
    })

    it('are refused where there is nothing to compute from, or nothing to set', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post: mine } = await post(opened)
      const fresh = new Tag({ name: 'new' })
      await failure('ARGUMENT', ['Tag.name', 'new'], () => s.set(fresh, { name: sql<string>`'x'` }))
      assert.equal(s.set(fresh, { name: 'set' }).name, 'set')
      await failure('ARGUMENT', ['Post.titel', '"title"'], () =>
        s.set(mine, { titel: 'x' } as never),
      )
      // @ts-expect-error undefined is no value
      await failure('ARGUMENT', ['undefined'], () => s.set(mine, { title: undefined }))
      s.set(mine, { id: Post.c.id.plus(1) })
      await failure('ARGUMENT', ['Post.id', 'primary key'], () => s.flush())
    })
  })
}
