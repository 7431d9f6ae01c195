import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ForeignKeyViolationError, inspect, type AthanorError, type Session } from 'athanor'
import { Account, blog, Post, Tag, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure, targets } from './support.ts'

/** Stores ada's post and gives it in the session that wrote it, committed. */
async function committedPost(
  { session, sent }: TestDatabase,
  options = {},
): Promise<{ s: Session; post: Post }> {
  const s = session(options)
  const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
  await s.commit()
  sent.clear()
  return { s, post }
}

/** Changes the title of all posts in another session. */
async function retitle({ session, sent }: TestDatabase, title: string): Promise<void> {
  const s = session()
  await s.update(Post).everyRow().set({ title })
  await s.commit()
  sent.clear()
}

/** A table whose foreign key is looked at by COMMIT only. */
async function addLateCheck({ session }: TestDatabase): Promise<void> {
  const s = session()
  await s.sql`create table late (tag_id integer references ${Tag} (id) deferrable initially deferred)`.all()
  await s.commit()
}

for (const database of databases()) {
  const { facts } = database
  describe(`commit on ${database.name}`, () => {
    // session 2.10
    it('runs its listeners, flushes until nothing is left, commits, releases, and runs the others', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const seen: string[] = []
      s.on('beforeCommit', () => {
        seen.push(`beforeCommit ${sent.kinds().join()}`)
        s.add(new Tag({ name: 'by a listener' }))
      })
      s.on('afterFlush', () => {
        if (s.new.length === 0 && seen.length === 1) s.add(new Tag({ name: 'by another' }))
        seen.push(`afterFlush ${sent.kinds().join()}`)
      })
      s.on('afterCommit', () =>
        seen.push(`afterCommit ${sent.kinds().join()} ${s.isHoldingConnection}`),
      )
      await s.commit()
      assert.deepEqual(seen, [
        'beforeCommit ',
        'afterFlush begin,insert',
        'afterFlush insert',
        'afterCommit commit false',
      ])
      assert.equal(await session().select(Tag).count(), 2)
    })

    // session 2.10
    it('gives up when a listener makes new work at each flush', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      let made = 0
      s.on('afterFlush', () => void s.add(new Tag({ name: `t${(made += 1)}` })))
      s.add(new Tag({ name: 'first' }))
      await failure('FLUSH', ['100', 'keeps creating work'], () => s.commit())
      await s.rollback()
      assert.equal(await session().select(Tag).count(), 0)
    })

    // session 2.10
    it('allows no SQL after it, in its listeners', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const codes: unknown[] = []
      s.on('afterCommit', async () => {
        const uses = [
          () => s.select(Tag).all(),
          () => s.flush(),
          () => s.commit(),
          () => s.rollback(),
          () => s.begin(),
          () => s.close(),
        ]
        for (const use of uses) codes.push(await use().catch((error: AthanorError) => error.code))
      })
      s.add(new Tag({ name: 'a' }))
      await s.commit()
      assert.deepEqual(
        codes,
        Array.from({ length: 6 }, () => 'ILLEGAL_STATE'),
      )
      assert.equal(await s.select(Tag).count(), 1)
    })

    it('lets listeners before it query and flush, and stops when one throws', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const counts: number[] = []
      s.on('beforeCommit', async () => {
        s.add(new Tag({ name: `n${counts.length}` }))
        await s.flush()
        counts.push(await s.select(Tag).count())
        await failure('ILLEGAL_STATE', ['beforeCommit'], () => s.commit())
        if (counts.length === 2) throw new Error('not now')
      })
      await s.commit()
      assert.deepEqual(sent.kinds(), ['begin', 'insert', 'select', 'commit'])
      await assert.rejects(s.commit(), /not now/)
      assert.equal(s.inTransaction, true)
      await s.rollback()
      assert.deepEqual(counts, [1, 2])
      assert.equal(await session().select(Tag).count(), 1)
    })

    // session 2.12
    const deferred = database.needs('deferred constraints', facts.hasDeferredConstraints)
    it(
      'that fails leaves everything as a rollback would, and the session inactive',
      deferred,
      async (t) => {
        const opened = await database.open(t, blog)
        await addLateCheck(opened)
        const { s, post } = await committedPost(opened)
        const tag = s.add(new Tag({ name: 'new' }))
        post.title = 'two'
        await s.flush()
        await s.sql`insert into late (tag_id) values (${77})`.all()
        opened.sent.clear()
        await assert.rejects(s.commit(), ForeignKeyViolationError)
        assert.deepEqual(
          opened.sent.kinds(),
          facts.failedCommitsEndTransactions ? ['commit'] : ['commit', 'rollback'],
        )
        assert.deepEqual(
          [post.title, inspect(tag).state, s.isHoldingConnection],
          ['one', 'transient', false],
        )
        const error = await failure('PENDING_ROLLBACK', ['rollback()'], () => s.commit())
        assert.ok(error.cause instanceof ForeignKeyViolationError)
        await s.rollback()
        s.add(tag)
        await s.commit()
        assert.equal((await opened.session().select(Post).one()).title, 'one')
      },
    )

    // session 2.13
    it('means the whole transaction, open savepoints included', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'outside' }))
      await s.beginNested(async () => {
        s.add(new Tag({ name: 'inside' }))
        await s.commit()
      })
      assert.deepEqual(sent.kinds(), ['begin', 'insert', 'savepoint', 'insert', 'commit'])
      assert.equal(await session().select(Tag).count(), 2)
    })

    // session 2.14
    // session 8.1
    it('leaves values readable, marks them, and the next load reads them again', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await committedPost(opened)
      await retitle(opened, 'theirs')
      assert.deepEqual([post.title, inspect(post).isStale], ['one', true])
      assert.equal(opened.sent.count(), 0)
      assert.equal(await s.get(Post, post.id), post)
      assert.deepEqual([post.title, inspect(post).isStale], ['theirs', false])
      await s.get(Post, post.id)
      assert.deepEqual(opened.sent.kinds(), ['select'])
    })

    // session 2.14
    it('lets the row of a query overwrite what is stale and not changed', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await committedPost(opened)
      await retitle(opened, 'theirs')
      await s.noAutoflush(async () => {
        post.body = 'mine'
        await s.select(Post).all()
        assert.deepEqual([post.title, post.body], ['one', 'mine'])
        post.body = ''
        await s.select(Post).all()
        assert.deepEqual([post.title, post.body], ['theirs', ''])
      })
    })

    // session 2.14
    it('has relations loaded again', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await committedPost(opened)
      const author = await post.author.load()
      await author.posts.load()
      await s.commit()
      const other = opened.session()
      other.add(new Post({ title: 'two', author: other.reference(User, author.id) }))
      await other.commit()
      opened.sent.clear()
      assert.equal((await author.posts.load()).length, 2)
      assert.equal((await author.posts.load()).length, 2)
      assert.deepEqual(targets(opened.sent), ['select post'])
    })

    // session 2.15
    it('trusts memory where it was told to keep it', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await committedPost(opened, { expireOnCommit: 'keep' })
      await retitle(opened, 'theirs')
      assert.equal(inspect(post).isStale, false)
      assert.equal(await s.get(Post, post.id), post)
      assert.equal(post.title, 'one')
      assert.equal(opened.sent.count(), 0)
    })

    // session 2.15
    // settled B15
    it('takes values from memory where it was told to be strict', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await committedPost(opened, { expireOnCommit: 'strict' })
      assert.equal(post.id, 1)
      await failure('STALE_ATTRIBUTE', ['Post.title', 'expireOnCommit'], () => post.title)
      await failure('STALE_ATTRIBUTE', ['Post.author'], () => post.author)
      assert.deepEqual(JSON.parse(JSON.stringify(post)), { id: 1 })
      await post.load()
      assert.equal(post.title, 'one')
      assert.equal(await s.get(Post, 1), post)
      assert.deepEqual(opened.sent.kinds(), ['select'])
    })

    // session 2.16
    it('allows a write to what is stale, of the changed columns only', async (t) => {
      const opened = await database.open(t, blog)
      const { s, post } = await committedPost(opened)
      await retitle(opened, 'theirs')
      post.body = 'mine'
      await s.commit()
      const [begin, update] = opened.sent.texts()
      assert.deepEqual(
        [/^(begin|start transaction)/.test(begin ?? ''), update],
        [true, 'update "post" set "body" = ? where "id" = ?'],
      )
      const stored = await opened.session().getOne(Post, post.id)
      assert.deepEqual([stored.title, stored.body], ['theirs', 'mine'])
    })

    // session 2.16
    it('checks the version that was known last', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const account = s.add(new Account({ balance: '1.00' }))
      await s.commit()
      const other = session()
      const theirs = await other.getOne(Account, account.id)
      theirs.balance = '2.00'
      await other.commit()
      account.balance = '3.00'
      await failure('STALE_DATA', ['Account#1', 'version 1'], () => s.commit())
      await s.rollback()
      assert.deepEqual(
        [account.balance, (await session().getOne(Account, 1)).balance],
        ['1.00', '2.00'],
      )
    })
  })
}
