import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql, type Database } from 'athanor'
import { type models, open, Post, Tag, titles } from './support.ts'

const add = (db: Database<typeof models>, title: string): Post =>
  db.session.add(new Post({ title }))

describe('the warning of discarded changes', () => {
  // seed 15
  it('tells once, with count and classes, that changes were dropped because nobody committed', async (t) => {
    const { db, log } = await open(t)
    const forget = (): Promise<void> =>
      db.run(
        () => {
          add(db, 'one')
          db.session.addAll([new Tag({ name: 'two' }), new Tag({ name: 'three' })])
        },
        { name: 'POST /pages/save' },
      )
    await forget()
    await forget()
    const [line, ...more] = log.of('ATHANOR_DISCARDED_CHANGES')
    assert.equal(line?.level, 'warn')
    assert.match(
      line?.message ?? '',
      /^3 uncommitted changes were discarded at the end of "POST \/pages\/save": Post \S+ \d+\), Tag .*, Tag .*\. Call await db\.session\.commit\(\)/,
    )
    assert.deepEqual(more, [])
  })

  // web 15
  // seed 15
  it('tells of changes that an autoflush had sent and nobody committed', async (t) => {
    const { db, log } = await open(t)
    await db.run(
      async () => {
        add(db, 'flushed')
        assert.equal(await db.select(Post).count(), 1)
        db.session.add(new Tag({ name: 'not flushed' }))
        const fork = db.scope.fork()
        assert.equal(await fork.select(Post).count(), 0)
      },
      { name: 'POST /pages/preview' },
    )
    assert.match(
      log.of('ATHANOR_DISCARDED_CHANGES')[0]?.message ?? '',
      /^2 uncommitted changes were discarded at the end of "POST \/pages\/preview": Post#1, Tag \(pending \d+\)\. Call/,
    )
    assert.deepEqual(await titles(db), [])
  })

  // web 15
  it('tells of rows that bulk statements and SQL of the program have written and nobody committed', async (t) => {
    const { db, log } = await open(t)
    const names = ['a', 'b', 'c'].map((name) => ({ name }))
    await db.run(
      async ({ session }) => {
        await session.insert(Tag).values(names)
        await session.commit()
        await session.update(Tag).where({ name: 'a' }).set({ name: 'A' })
        await session
          .update(Tag)
          .where({ name: ['b', 'c'] })
          .set({ name: sql<string>`lower(${Tag.c.name})` })
        await session.deleteFrom(Tag).where({ name: 'none' })
        await session.beginNested(
          async () => void (await session.sql`delete from tag where name = ${'A'}`),
        )
        await session.beginNested(async () => {
          await session.deleteFrom(Tag).everyRow()
          session.setRollbackOnly()
        })
        await session.sql`select count(*) from tag`.all()
        assert.deepEqual(session.pendingChanges().names, [
          '3 rows updated in "tag"',
          '1 row by SQL of your own (delete)',
        ])
      },
      { name: 'POST /tags' },
    )
    assert.match(
      log.of('ATHANOR_DISCARDED_CHANGES')[0]?.message ?? '',
      /^2 uncommitted changes were discarded at the end of "POST \/tags": 3 rows updated in "tag", 1 row by SQL of your own \(delete\)\./,
    )
    assert.equal(await db.run(() => Tag.query().count()), 3)
  })

  it('says nothing of changes that were meant to be dropped, and nothing without diagnostics', async (t) => {
    const { db, log } = await open(t)
    await assert.rejects(db.run(() => { add(db, 'a'); throw new Error('on purpose') }), /on purpose/) // prettier-ignore
    await db.run((scope) => { add(db, 'b'); scope.setRollbackOnly() }) // prettier-ignore
    await db.run(() => add(db, 'c'), { commit: () => false })
    await db.run(async () => { add(db, 'd'); await db.session.rollback() }) // prettier-ignore
    await assert.rejects(db.run(async () => { add(db, 'f'); await db.session.flush(); throw new Error('later') }), /later/) // prettier-ignore
    await db.run(async (scope) => { add(db, 'g'); await db.session.flush(); scope.setRollbackOnly() }) // prettier-ignore
    await db.run(async () => { add(db, 'h'); await db.session.flush(); await db.session.rollback() }) // prettier-ignore
    await db.run(async () => { add(db, 'i'); await db.session.flush(); await db.session.commit() }) // prettier-ignore
    const quiet = await open(t, { diagnostics: false })
    await quiet.db.run(() => add(quiet.db, 'e'))
    assert.deepEqual([...log.lines, ...quiet.log.lines], [])
  })
})
