import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { count } from 'athanor'
import { Log } from '../support.ts'
import { blog, Comment, Post, Tag, User } from '../../support/blog.ts'
import { databases, type DatabaseKind } from '../../support/databases.ts'

/** Seven posts by two authors; each third has two tags and three comments. */
async function open(t: TestContext, database: DatabaseKind, options?: Record<string, unknown>) {
  const opened = await database.open(t, blog, { diagnostics: false, ...options })
  const s = opened.session()
  const [ada, bob] = [new User({ name: 'ada' }), new User({ name: 'bob' })]
  const tags = [new Tag({ name: 'x' }), new Tag({ name: 'y' })]
  for (let n = 1; n <= 7; n += 1)
    s.add(
      new Post({
        id: n,
        title: `post ${n}`,
        views: n % 2,
        author: n % 2 === 0 ? ada : bob,
        ...(n % 3 === 0
          ? { tags, comments: ['a', 'b', 'c'].map((body) => new Comment({ body })) }
          : {}),
      }),
    )
  await s.commit()
  opened.sent.clear()
  return { ...opened, s }
}

for (const database of databases()) {
  describe(`paginate on ${database.name}`, () => {
    // web 76
    it('counts without order and eager loads, and without a wrapper where a row of one table is one row', async (t) => {
      const { s, sent } = await open(t, database)
      const page = await s
        .select(Post)
        .with('author', 'tags')
        .where(Post.c.id.gt(1))
        .orderBy(Post.c.title.desc())
        .paginate({ perPage: 2 })
      assert.deepEqual([page.total, page.items.length], [6, 2])
      const counting = sent.texts().filter((sql) => sql.includes('count('))
      assert.deepEqual(counting, ['select count(*) from "post" where "post"."id" > ?'])
      const grouped = await s
        .select({ views: Post.c.views, n: count() })
        .groupBy(Post.c.views)
        .orderBy(Post.c.views)
        .paginate({ perPage: 1 })
      assert.deepEqual([grouped.items, grouped.total], [[{ views: 0, n: 3 }], 2])
      assert.match(
        sent.texts().join('\n'),
        /^select count\(\*\) from \(select .* from "post" group by "post"."views"\) as "counted"$/m,
      )
    })

    // web 76
    it('takes the total from a number, a function, or the rows themselves', async (t) => {
      const { s, sent } = await open(t, database)
      const query = s.select(Post).with('author').orderBy(Post.c.id)
      let asked = 0
      const ask = (): number => (asked += 1) + 40
      const given = await query.paginate({ perPage: 2, count: 70 })
      const computed = await query.paginate({ perPage: 2, count: ask })
      assert.deepEqual([given.total, computed.total, (await computed.next()).total], [70, 41, 41])
      assert.equal(asked, 1)
      await query.paginate({ perPage: 2, page: 4, count: ask })
      assert.equal(asked, 1, 'the last page shows the total')
      sent.clear()
      const counted = await query.paginate({ perPage: 2, page: 2, count: 'window' })
      assert.equal(sent.count(), 1)
      assert.deepEqual(
        [counted.total, counted.items.map((post) => post.author.name)],
        [7, ['bob', 'ada']],
      )
      assert.equal((await counted.next()).total, 7)
      const far = await query.paginate({ perPage: 2, page: 9, count: 'window' })
      assert.deepEqual([far.total, far.items], [7, []])
      const records = s
        .select({ views: Post.c.views, n: count() })
        .groupBy(Post.c.views)
        .orderBy(Post.c.views)
      const groups = await records.paginate({ perPage: 1, count: 'window' })
      assert.deepEqual([groups.items, groups.total], [[{ views: 0, n: 3 }], 2])
      sent.clear()
      const values = s.select(Post.c.views).distinct().orderBy(Post.c.views)
      const distinct = await values.paginate({ perPage: 1, count: 'window' })
      assert.deepEqual([distinct.items, distinct.total, sent.count()], [[0], 2, 2])
    })

    // web 77
    it('pages over records and values as they are, equal ones included', async (t) => {
      const { s } = await open(t, database)
      const values = await s.select(Post.c.views).orderBy(Post.c.views).paginate({ perPage: 5 })
      assert.deepEqual([values.items, values.total], [[0, 0, 0, 1, 1], 7])
      const records = await s
        .select({ post: Post, title: Post.c.title, author: Post.c.author.c.name })
        .orderBy(Post.c.id)
        .paginate({ perPage: 3, page: 3 })
      const [only] = records.items
      assert.deepEqual(
        [only?.post instanceof Post, only?.title, only?.author, records.total],
        [true, 'post 7', 'bob', 7],
      )
    })

    // web 78
    it('fills a page with objects however many rows their relations have', async (t) => {
      const { s } = await open(t, database)
      const page = await s
        .select(Post)
        .with('author', 'tags', 'comments')
        .orderBy(Post.c.id)
        .paginate({ perPage: 3, page: 1 })
      assert.deepEqual(
        page.items.map((post) => [
          post.id,
          post.tags.length,
          post.comments.length,
          post.author.name,
        ]),
        [
          [1, 0, 0, 'bob'],
          [2, 0, 0, 'ada'],
          [3, 2, 3, 'bob'],
        ],
      )
      const second = await page.next()
      assert.deepEqual(
        second.items.map((post) => [post.id, post.tags.length]),
        [
          [4, 0],
          [5, 0],
          [6, 2],
        ],
      )
      assert.equal(second.total, 7)
    })

    // web 79
    // settled M16
    it('sorts by primary key what has no order, and warns of it in development', async (t) => {
      const logger = new Log()
      const { s, sent } = await open(t, database, { diagnostics: true, logger })
      const unordered = (): Log['lines'] => logger.of('ATHANOR_UNORDERED_PAGE')
      await s.select(Post).orderBy(Post.c.views).paginate({ perPage: 2 })
      assert.equal(unordered().length, 0)
      sent.clear()
      const pages = await s.select(Post).where(Post.c.id.gt(2)).paginate({ perPage: 2 })
      assert.match(sent.texts()[0] ?? '', /order by "post"."id" limit/)
      await pages.next()
      await s.select(Post).paginate()
      assert.equal(unordered().length, 1, 'told once')
      assert.match(unordered()[0]?.message ?? '', /Pages of Post .*orderBy\(\)/)
      sent.clear()
      const titles = await s.select(Post.c.title).paginate({ perPage: 2 })
      assert.deepEqual(titles.items, ['post 1', 'post 2'])
      assert.match(sent.texts()[0] ?? '', /order by "post"."id" limit/)
      await s.select({ n: count() }).from(Post).paginate()
      await s.select(Post.c.views).distinct().paginate()
      assert.doesNotMatch(sent.texts().join('\n'), /order by/, 'a gathered row has no key')
    })

    it('pages over the rows that the query gives, its own bounds included', async (t) => {
      const { s } = await open(t, database)
      const five = s.select(Post.c.id).orderBy(Post.c.id).offset(1).limit(5)
      const pages = [await five.paginate({ perPage: 2 })]
      while (pages.at(-1)?.hasNext === true)
        pages.push(await (pages.at(-1) as (typeof pages)[0]).next())
      assert.deepEqual(
        pages.map(({ items, total }) => [items, total]),
        [
          [[2, 3], 5],
          [[4, 5], 5],
          [[6], 5],
        ],
      )
      const far = await five.paginate({ perPage: 2, page: 9, count: 'window' })
      assert.deepEqual([far.items, far.total], [[], 5])
    })
  })
}
