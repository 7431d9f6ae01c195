import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { IllegalStateError } from 'athanor'
import { blog, Comment, Post, Tag, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { targets } from './support.ts'

async function fill({ session, sent }: TestDatabase, posts: number): Promise<void> {
  const s = session()
  const author = new User({ name: 'ada' })
  s.addAll(
    Array.from(
      { length: posts },
      (_, i) =>
        new Post({ title: `post ${i}`, author, comments: [new Comment({ body: `comment ${i}` })] }),
    ),
  )
  await s.commit()
  sent.clear()
}

for (const database of databases()) {
  const several = database.needs('second connection', !database.facts.hasOneConnection)
  describe(`stream() on ${database.name}`, () => {
    // session 4.38
    it('gives all rows, in order, in any size of chunks', async (t) => {
      const opened = await database.open(t, blog)
      await fill(opened, 25)
      const s = opened.session()
      for (const chunkSize of [1, 10, 25, 1000]) {
        const titles: string[] = []
        for await (const post of s.select(Post).orderBy(Post.c.id).stream({ chunkSize }))
          titles.push(post.title)
        assert.deepEqual(
          titles,
          Array.from({ length: 25 }, (_, i) => `post ${i}`),
        )
      }
      const values: string[] = []
      for await (const title of s
        .select(Post.c.title)
        .orderBy(Post.c.id)
        .limit(3)
        .stream({ chunkSize: 2 }))
        values.push(title)
      assert.deepEqual(values, ['post 0', 'post 1', 'post 2'])
      assert.equal(targets(opened.sent).length, 5, 'one statement each')
    })

    // session 4.38
    it('leaves the connection usable when the loop is left early', async (t) => {
      const opened = await database.open(t, blog)
      await fill(opened, 25)
      const s = opened.session()
      for await (const post of s.select(Post).orderBy(Post.c.id).stream({ chunkSize: 5 }))
        if (post.title === 'post 7') break
      await assert.rejects(async () => {
        for await (const post of s.select(Post).stream({ chunkSize: 5 }))
          throw new Error(post.title)
      }, /post 0/)
      s.add(new Tag({ name: 'after' }))
      await s.commit()
      assert.equal(await s.select(Post).count(), 25)
      assert.equal(opened.db.engine.status.inUse, 0)
    })

    // session 4.38
    it('brings relations along, chunk by chunk', several, async (t) => {
      const opened = await database.open(t, blog)
      await fill(opened, 25)
      const s = opened.session()
      opened.sent.clear()
      let seen = 0
      for await (const post of s
        .select(Post)
        .with('author', 'comments')
        .orderBy(Post.c.id)
        .stream({ chunkSize: 10 })) {
        assert.deepEqual([post.author.name, post.comments.length], ['ada', 1])
        seen += 1
      }
      assert.equal(seen, 25)
      assert.deepEqual(
        targets(opened.sent).filter((target) => target === 'select comment').length,
        3,
      )
    })

    // session 4.30
    it('loads a relation lazily once a chunk', several, async (t) => {
      const opened = await database.open(t, blog)
      await fill(opened, 20)
      const s = opened.session()
      opened.sent.clear()
      for await (const post of s.select(Post).stream({ chunkSize: 10 }))
        assert.equal((await post.comments.load()).length, 1)
      assert.deepEqual(
        targets(opened.sent).filter((target) => target === 'select comment').length,
        2,
      )
    })

    // session 4.39
    // session 8.17
    it('lets objects go after their chunk, except those that were changed or known before', async (t) => {
      const opened = await database.open(t, blog)
      await fill(opened, 20)
      const s = opened.session()
      const known = await s.select(Post).where({ title: 'post 3' }).one()
      const seen: Post[] = []
      for await (const post of s.select(Post).orderBy(Post.c.id).stream({ chunkSize: 5 })) {
        seen.push(post)
        if (post.title === 'post 11') post.views = 11
      }
      assert.deepEqual(
        seen.filter((post) => s.has(post)).map(({ title }) => title),
        ['post 3', 'post 11'],
      )
      assert.ok(seen.includes(known))
      await s.commit()
      assert.equal(await opened.session().select(Post).where({ views: 11 }).count(), 1)
    })

    // session 4.39
    it(
      'keeps what the loop has loaded by itself, and what a change refers to',
      several,
      async (t) => {
        const opened = await database.open(t, blog)
        await fill(opened, 20)
        const s = opened.session()
        let ada: User | null = null
        for await (const post of s.select(Post).orderBy(Post.c.id).stream({ chunkSize: 5 })) {
          if (post.title === 'post 2') ada = await s.get(User, 1)
          if (post.title === 'post 4') s.add(new Comment({ body: 'new', post }))
          if (post.title === 'post 19' && ada !== null) ada.email = 'ada@example.org'
        }
        await s.commit()
        const other = opened.session()
        assert.equal(await other.select(User.c.email).one(), 'ada@example.org')
        assert.equal(
          await other.select(Comment.c.post.c.title).where(Comment.c.body.eq('new')).one(),
          'post 4',
        )
      },
    )

    // session 4.39
    it('lets go what was loaded along relations of streamed objects', several, async (t) => {
      const opened = await database.open(t, blog)
      await fill(opened, 20)
      const s = opened.session()
      const comments: Comment[] = []
      for await (const post of s.select(Post).stream({ chunkSize: 5 }))
        comments.push(...(await post.comments.load()))
      assert.deepEqual(
        [comments.length, comments.filter((comment) => s.has(comment)).length],
        [20, 0],
      )
    })

    // session 4.39
    // settled B10
    it('keeps them with `track`', async (t) => {
      const opened = await database.open(t, blog)
      await fill(opened, 20)
      const s = opened.session()
      const seen: Post[] = []
      for await (const post of s.select(Post).stream({ chunkSize: 5, track: true })) seen.push(post)
      assert.ok(seen.every((post) => s.has(post)))
    })

    // session 3.48
    it('flushes before it begins', async (t) => {
      const opened = await database.open(t, blog)
      const s = opened.session()
      s.add(new Tag({ name: 'pending' }))
      const names: string[] = []
      for await (const name of s.select(Tag.c.name).stream()) names.push(name)
      assert.deepEqual(names, ['pending'])
    })

    // session 4.40
    it('lets the transaction go on, or says which stream is in its way', async (t) => {
      const opened = await database.open(t, blog)
      await fill(opened, 10)
      const s = opened.session()
      s.add(new Tag({ name: 'begins the transaction' }))
      await s.flush()
      const asked = async (): Promise<unknown> =>
        s
          .select(Tag)
          .count()
          .catch((error: unknown) => error)
      const answers: unknown[] = []
      for await (const _ of s.select(Post).stream({ chunkSize: 2 }))
        if (answers.length === 0) answers.push(await asked())
      const [answer] = answers
      if (database.facts.oneResultAtATime) {
        assert.ok(answer instanceof IllegalStateError, String(answer))
        assert.match(answer.message, /a stream is open .* "select .*post/)
      } else assert.equal(answer, 1)
      assert.equal(await asked(), 1, 'the transaction stands')
      await s.commit()
    })

    // settled H10
    it(
      'never overwrites what was committed meanwhile by rows of its older state',
      several,
      async (t) => {
        const opened = await database.open(t, blog)
        await fill(opened, 10)
        const s = opened.session()
        const last = await s.select(Post).where({ title: 'post 9' }).one()
        const titles: string[] = []
        for await (const post of s
          .select(Post)
          .orderBy(Post.c.id)
          .stream({ chunkSize: 2, track: true })) {
          if (post.title === 'post 1') {
            last.title = 'renamed'
            await s.commit()
          }
          titles.push(post.title)
        }
        assert.equal(titles.at(-1), 'renamed')
        assert.equal(last.title, 'renamed')
      },
    )

    // web 42
    it('ends with its session when nobody reads it to its end, and gives its connection back', async (t) => {
      const opened = await database.open(t, blog)
      await fill(opened, 10)
      const s = opened.session()
      const rows = s.select(Post).stream({ chunkSize: 2 })[Symbol.asyncIterator]()
      assert.equal((await rows.next()).done, false)
      assert.equal(opened.db.engine.status.inUse, 1)
      await s.close()
      assert.equal(opened.db.engine.status.inUse, 0)
      await rows.next() // was in memory
      await assert.rejects(rows.next(), { code: 'SESSION_CLOSED' })
    })
  })
}
