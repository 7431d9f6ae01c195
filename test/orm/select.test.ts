import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { alias, count, max, outer, sql } from 'athanor'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { fourPosts } from './fixtures.ts'
import { failure, targets } from './support.ts'

for (const database of databases()) {
  describe(`select on ${database.name}`, () => {
    // session 4.13
    it('gives objects, values, or records of both', async (t) => {
      const opened = await database.open(t, blog)
      await fourPosts(opened)
      const s = opened.session()
      const posts = await s.select(Post).orderBy(Post.c.title).all()
      assert.ok(posts.every((post) => post instanceof Post && s.has(post)))
      assert.deepEqual(await s.select(Post.c.title).orderBy(Post.c.views.desc()).all(), [
        'd',
        'a',
        'c',
        'b',
      ])
      const rows = await s
        .select({ post: Post, author: Post.c.author.c.name, at: Post.c.createdAt })
        .where(Post.c.title.eq('b'))
        .all()
      assert.deepEqual(rows, [{ post: posts[1], author: 'ada', at: posts[1]?.createdAt }])
      assert.ok(rows[0]?.at instanceof Date, 'values are decoded')
    })

    // session 4.13
    it('joins by relations: INNER through a key that is not null, LEFT otherwise', async (t) => {
      const opened = await database.open(t, blog)
      await fourPosts(opened)
      const s = opened.session()
      const editors = await s
        .select({
          title: Post.c.title,
          editor: Post.c.editor.c.name,
          bio: Post.c.author.c.profile.c.bio,
        })
        .orderBy(Post.c.title)
        .all()
      assert.deepEqual(
        editors.map(({ title, editor, bio }) => [title, editor, bio]),
        [
          ['a', null, 'mathematics'],
          ['b', 'bob', 'mathematics'],
          ['c', null, 'mathematics'],
          ['d', null, null],
        ],
      )
      const writer = alias(User)
      const other = outer(User)
      const pairs = await s
        .select({ title: Post.c.title, writer: writer.c.name, other })
        .from(Post)
        .join(Post.c.author, writer)
        .leftJoin(Post.c.editor, other)
        .where(writer.c.name.eq('ada'))
        .orderBy(Post.c.title)
        .all()
      assert.deepEqual(
        pairs.map((pair) => [pair.title, pair.writer, pair.other?.name]),
        [
          ['a', 'ada', undefined],
          ['b', 'ada', 'bob'],
          ['c', 'ada', undefined],
        ],
      )
    })

    // session 4.14
    // session 8.11
    it('gives one object a row: to-many relations never multiply rows', async (t) => {
      const opened = await database.open(t, blog)
      await fourPosts(opened)
      const s = opened.session()
      const posts = await s
        .select(Post)
        .with('tags', 'comments', 'author', 'editor')
        .orderBy(Post.c.title)
        .all()
      assert.deepEqual(
        posts.map((post) => [post.title, post.tags.length, post.comments.length]),
        [
          ['a', 0, 0],
          ['b', 1, 0],
          ['c', 2, 2],
          ['d', 0, 0],
        ],
      )
    })

    // session 4.15
    // settled M16
    it('takes as first the one with the least key, unless there is an order', async (t) => {
      const opened = await database.open(t, blog)
      await fourPosts(opened)
      const { sent } = opened
      const s = opened.session()
      sent.clear()
      assert.equal((await s.select(Post).first())?.title, 'a')
      assert.match(sent.texts().join(), /order by "post"\."id" limit/)
      assert.equal((await s.select(Post).orderBy(Post.c.views.desc()).first())?.title, 'd')
      assert.equal(await s.select(Post).where({ title: 'z' }).first(), null)
      assert.match(sent.texts()[0] ?? '', /order by "post"\."views" desc limit/)
    })

    // settled M16
    it('tells a null value from no row by exists(), not by first()', async (t) => {
      const opened = await database.open(t, blog)
      await fourPosts(opened)
      const s = opened.session()
      const email = s.select(User.c.email)
      assert.deepEqual(
        [
          await email.where(User.c.name.eq('ada')).first(),
          await email.where(User.c.name.eq('cyd')).first(),
        ],
        [null, null],
      )
      assert.deepEqual(
        [
          await email.where(User.c.name.eq('ada')).exists(),
          await email.where(User.c.name.eq('cyd')).exists(),
        ],
        [true, false],
      )
    })

    // session 4.7
    // settled B6
    it('says how many rows there were, as one() and oneOrNull()', async (t) => {
      const opened = await database.open(t, blog)
      await fourPosts(opened)
      const { sent } = opened
      const s = opened.session()
      await failure('MULTIPLE_RESULTS_FOUND', ['the query for Post', 'at least 2'], () =>
        s.select(Post).one(),
      )
      await failure('MULTIPLE_RESULTS_FOUND', ['at least 2'], () => s.select(Post).oneOrNull())
      await failure('NO_RESULT_FOUND', ['the query for Post', 'gives none'], () =>
        s.select(Post).where({ title: 'z' }).one(),
      )
      sent.clear()
      assert.equal(await s.select(Post).where({ title: 'z' }).oneOrNull(), null)
      assert.deepEqual(
        sent.events.map(({ parameters }) => Number(parameters.at(-1))),
        [2],
        'it asks for two rows at most',
      )
    })

    // session 4.41
    it('counts what all() would give, without order and eager relations', async (t) => {
      const opened = await database.open(t, blog)
      await fourPosts(opened)
      const { sent } = opened
      const s = opened.session()
      sent.clear()
      assert.equal(
        await s
          .select(Post)
          .with('author', 'tags')
          .where({ authorId: 1 })
          .orderBy(Post.c.title)
          .count(),
        3,
      )
      assert.deepEqual(sent.texts(), ['select count(*) from "post" where "post"."author_id" = ?'])
      assert.equal(await s.select(Post).limit(2).count(), 2)
      assert.equal(await s.select(Post).offset(3).count(), 1)
      assert.equal(await s.select(Post.c.authorId).distinct().count(), 2)
      assert.equal(
        await s
          .select({ author: Post.c.authorId, posts: count() })
          .groupBy(Post.c.authorId)
          .count(),
        2,
      )
    })

    it('groups, aggregates and computes', async (t) => {
      const opened = await database.open(t, blog)
      await fourPosts(opened)
      const s = opened.session()
      const rows = await s
        .select({ name: Post.c.author.c.name, posts: count(), most: max(Post.c.views) })
        .groupBy(Post.c.author.c.name)
        .having(count().gt(1))
        .all()
      assert.deepEqual(rows, [{ name: 'ada', posts: 3, most: 3 }])
      assert.deepEqual(
        await s
          .select({ title: Post.c.title, tags: Post.c.tags.count() })
          .orderBy(Post.c.tags.count().desc(), Post.c.title)
          .limit(2)
          .all(),
        [
          { title: 'c', tags: 2 },
          { title: 'b', tags: 1 },
        ],
      )
      assert.deepEqual(
        await s
          .select(sql<string>`upper(${Post.c.title})`)
          .from(Post)
          .orderBy(Post.c.title)
          .all(),
        ['A', 'B', 'C', 'D'],
      )
    })

    // session 7.14
    // session 7.22
    it('compiles a shape once: values, LIMIT and list lengths are bound', async (t) => {
      const opened = await database.open(t, blog)
      await fourPosts(opened)
      const { db, sent } = opened
      const s = opened.session()
      const page = (titles: string[], limit: number, offset: number): Promise<Post[]> =>
        s
          .select(Post)
          .where({ title: titles })
          .orderBy(Post.c.title)
          .limit(limit)
          .offset(offset)
          .all()
      await page(['a'], 1, 0)
      const { misses } = db.engine.statements
      sent.clear()
      assert.deepEqual(
        (await page(['a', 'b', 'c'], 2, 1)).map(({ title }) => title),
        ['b', 'c'],
      )
      assert.deepEqual(
        (await page(['d'], 5, 0)).map(({ title }) => title),
        ['d'],
      )
      assert.deepEqual(await page([], 5, 0), [])
      const texts = db.engine.dialect.inList === undefined ? 3 : 1 // of 4, 1 and 0 places
      assert.equal(db.engine.statements.misses, misses + texts - 1)
      assert.equal(new Set(sent.texts()).size, texts)
    })

    it('sends nothing before its rows are asked for, and can be run again', async (t) => {
      const opened = await database.open(t, blog)
      await fourPosts(opened)
      const { sent } = opened
      const s = opened.session()
      sent.clear()
      const query = s.select(Post.c.title).orderBy(Post.c.title)
      const limited = query.limit(1)
      assert.equal(sent.count(), 0)
      assert.deepEqual(
        [await limited.all(), (await query.all()).length, await limited.all()],
        [['a'], 4, ['a']],
      )
      assert.deepEqual(targets(sent).length, 3)
    })

    it('refuses a limit that is no row count', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      for (const limit of [-1, 1.5, Number.NaN, '1'])
        await failure('ARGUMENT', ['limit'], () =>
          s
            .select(Post)
            .limit(limit as number)
            .all(),
        )
    })

    it('refuses what cannot be selected', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      await failure('ARGUMENT', ['Cannot select "x"', 'neither an expression nor a model'], () =>
        s.select({ x: 1 } as never).all(),
      )
      await failure('ARGUMENT', ['Cannot select that'], () => s.select('post' as never))
      await failure('ARGUMENT', ['Tag.name', 'Post', 'not from Tag'], () =>
        s.select(Post).where(Tag.c.name.eq('x')).all(),
      )
    })
  })
}
