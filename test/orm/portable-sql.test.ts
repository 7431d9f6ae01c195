import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  DatabaseError,
  Model,
  avg,
  bigint,
  count,
  decimal,
  float,
  id,
  int,
  max,
  sql,
  sum,
  uuid,
  varchar,
  type Expr,
} from 'athanor'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases, type DatabaseKind } from '../support/databases.ts'
import { failure } from './support.ts'

class Measure extends Model({
  id: id(),
  price: decimal(30, 15).nullable(),
  large: bigint().nullable(),
  share: float().nullable(),
  size: int().nullable(),
}) {}

class Label extends Model({
  id: uuid()
    .primaryKey()
    .default(() => crypto.randomUUID()),
  slug: varchar(40).unique(),
  title: varchar(40).default(''),
}) {}

const models = { ...blog, Measure, Label }
const exact = '123456789012345.000000000000001'

async function openMeasures(t: Parameters<DatabaseKind['open']>[0], database: DatabaseKind) {
  const opened = await database.open(t, models)
  const s = opened.session()
  await s
    .insert(Measure)
    .values([
      { price: exact, large: 9007199254740993n, share: 0.5, size: 3 },
      { price: '2.5', large: 1n, share: 0.25, size: 4 },
      { size: null },
    ])
  return s
}

for (const database of databases()) {
  describe(`the SQL that databases spell otherwise, on ${database.name}`, () => {
    it('searches text by patterns with one meaning', async (t) => {
      const { session } = await database.open(t, models)
      const s = session()
      const names = ['100%', '100!', 'a\\b', 'a\\xb', 'axb', 'ÄRGER', 'under_score']
      await s.insert(Tag).values(names.map((name) => ({ name })))
      const found = (condition: Expr<boolean>) =>
        s.select(Tag.c.name).where(condition).orderBy(Tag.c.name).all()
      assert.deepEqual(await found(Tag.c.name.like('a\\_b')), ['a\\xb'])
      assert.deepEqual(await found(Tag.c.name.like('a\\b')), ['a\\b'])
      assert.deepEqual(await found(Tag.c.name.like('%!')), ['100!'])
      assert.deepEqual(await found(Tag.c.name.ilike('AX_')), ['axb'])
      assert.deepEqual(await found(Tag.c.name.contains('%')), ['100%'])
      assert.deepEqual(await found(Tag.c.name.startsWith('a\\')), ['a\\b', 'a\\xb'])
      assert.deepEqual(await found(Tag.c.name.endsWith('_score')), ['under_score'])
    })

    // settled M11
    it('compares and computes numbers without rounding, and gives values of their type', async (t) => {
      const s = await openMeasures(t, database)
      if (database.facts.isServer) {
        const near = '123456789012345.000000000000002'
        assert.equal(await s.select(Measure).where({ price: near }).count(), 0)
        assert.equal(await s.select(Measure).where(Measure.c.price.between(near, near)).count(), 0)
        assert.equal(
          await s
            .select(Measure)
            .where(Measure.c.price.in([near, '2.5']))
            .count(),
          1,
        )
      }
      assert.equal(await s.select(Measure).where({ large: 9007199254740992n }).count(), 0)
      assert.equal(
        await s
          .select(Measure)
          .where(Measure.c.large.in([9007199254740993n]))
          .count(),
        1,
      )
      const [row] = await s
        .select({
          sizes: sum(Measure.c.size),
          mean: avg(Measure.c.size),
          shares: sum(Measure.c.share),
          most: max(Measure.c.price),
          rows: count(),
        })
        .where(Measure.c.id.ne(1))
        .all()
      assert.deepEqual(row, {
        sizes: 4,
        mean: 4,
        shares: 0.25,
        most: '2.500000000000000',
        rows: 2,
      })
      const [more] = await s
        .select({ price: Measure.c.price.coalesce('1'), twice: Measure.c.large.plus(1n) })
        .where(Measure.c.size.eq(4))
        .all()
      assert.deepEqual(more, { price: '2.500000000000000', twice: 2n })
    })

    it('compares a sum of decimals with one that no row could hold', async (t) => {
      class Sale extends Model({ id: id(), shop: varchar(10), total: decimal(6, 2) }) {}
      const s = (await database.open(t, { Sale })).session()
      const totals = ['9999.50', '9999.50', '1.00']
      await s.insert(Sale).values(totals.map((total, i) => ({ shop: i < 2 ? 'a' : 'b', total })))
      const sums = s.select({ shop: Sale.c.shop, total: sum(Sale.c.total) }).groupBy(Sale.c.shop)
      const large = await sums.having(sum(Sale.c.total).gt('19998.00')).all()
      assert.deepEqual(large, [{ shop: 'a', total: '19999.00' }])
    })

    it('groups and sorts by expressions with values', async (t) => {
      const s = await openMeasures(t, database)
      const size = Measure.c.size.coalesce(7)
      const rows = await s.select({ size, rows: count() }).groupBy(size).orderBy(size.desc()).all()
      assert.deepEqual(rows, [
        { size: 7, rows: 1 },
        { size: 4, rows: 1 },
        { size: 3, rows: 1 },
      ])
      assert.deepEqual(await s.select(size).distinct().orderBy(size).all(), [3, 4, 7])
    })

    it('puts rows without a value first or last, and skips rows without a limit', async (t) => {
      const s = await openMeasures(t, database)
      const sizes = s.select(Measure.c.size)
      assert.deepEqual(await sizes.orderBy(Measure.c.size.asc().nullsLast()).all(), [3, 4, null])
      assert.deepEqual(await sizes.orderBy(Measure.c.size.desc().nullsFirst()).all(), [null, 4, 3])
      assert.deepEqual(await sizes.orderBy(Measure.c.id).offset(1).all(), [4, null])
    })

    it('asks in bounded subqueries, and changes a table by what is in it', async (t) => {
      const { session } = await database.open(t, models)
      const s = session()
      s.addAll(
        ['a', 'b', 'c'].map((title) => new Post({ title, author: new User({ name: title }) })),
      )
      await s.flush()
      const newest = s.select(Post.c.id).orderBy(Post.c.id.desc()).limit(2)
      assert.equal(await s.select(Post).where(Post.c.id.in(newest)).count(), 2)
      assert.equal(await s.update(Post).where(Post.c.id.in(newest)).set({ views: 1 }), 2)
      const twice = Post.c.author.has(User.c.posts.any({ views: 1 }))
      assert.equal(
        await s
          .update(Post)
          .where(twice)
          .set({ views: Post.c.views.plus(1) }),
        2,
      )
      assert.equal(await s.deleteFrom(Post).where(Post.c.id.in(newest)), 2)
      assert.equal(await s.select(Post).count(), 1)
    })

    const simultaneous = database.needs(
      'assignments that see the row as it was',
      !database.supports.sequentialAssignments,
    )
    it('sets columns from the row as it was', simultaneous, async (t) => {
      const { session } = await database.open(t, models)
      const s = session()
      s.add(new Post({ title: 'title', body: 'body', author: new User({ name: 'ada' }) }))
      await s.flush()
      await s.update(Post).everyRow().set({ title: Post.c.body, body: Post.c.title })
      const [row] = await s.select({ title: Post.c.title, body: Post.c.body }).all()
      assert.deepEqual(row, { title: 'body', body: 'title' })
    })

    it('takes values in raw SQL for what they are', async (t) => {
      const { session } = await database.open(t, models)
      const s = session()
      const [row] = await s.sql`
        select ${1} as one, ${0.5} as half, ${'x'} as x, ${1} + ${2} as three, ${null} as missing`.all()
      assert.deepEqual(row, { one: 1, half: 0.5, x: 'x', three: 3, missing: null })
      await s.insert(Measure).values({ size: 1 })
      const rows = (condition: ReturnType<typeof sql>) =>
        s.sql`select 1 from measure where ${condition}`.count()
      assert.equal(await rows(sql`size in ${sql.list([])}`), 0)
      assert.equal(await rows(sql`size not in ${sql.list([])}`), 1)
      assert.equal(await rows(sql`size in ${sql.list([1, 2, 3])}`), 1)
    })

    // session 7.6
    // session 7.7
    it('inserts or updates by the named key, and fails by any other', async (t) => {
      const { session } = await database.open(t, models)
      const s = session()
      const labels = (rows: { id?: string; slug: string; title?: string }[]) =>
        s.insert(Label).values(rows).onConflict(['slug'])
      assert.equal(await labels([{ slug: 'a', title: '1' }]).doUpdate(), 1)
      assert.equal(
        await labels([
          { slug: 'a', title: '2' },
          { slug: 'b', title: '3' },
        ]).doUpdate(),
        2,
      )
      await labels([{ slug: 'a', title: '4' }]).doNothing()
      assert.deepEqual(await s.select(Label.c.title).orderBy(Label.c.slug).all(), ['2', '3'])
      const [first, again] = await s.insertOrGet(Label, [{ slug: 'a' }, { slug: 'c' }], ['slug'])
      assert.deepEqual([first?.title, again?.title], ['2', ''])
      await s.commit()
      const byOther = labels([{ id: first?.id ?? '', slug: 'other' }]).doUpdate()
      await assert.rejects(async () => await byOther, DatabaseError)
      await s.rollback()
      assert.equal(await s.select(Label).where({ slug: 'other' }).count(), 0)
    })

    const locks = database.needs(
      'two connections with row locks',
      database.supports.rowLocks && database.facts.isServer,
    )
    it(
      'fails at once, or leaves out rows, where somebody else has locked them',
      locks,
      async (t) => {
        const { session } = await database.open(t, models)
        const [owner, other] = [session(), session()]
        await owner.insert(Tag).values([{ name: 'a' }, { name: 'b' }])
        await owner.commit()
        await owner.select(Tag).where({ name: 'a' }).forUpdate().all()
        const query = other.select(Tag).orderBy(Tag.c.name)
        const free = await query.forUpdate({ skipLocked: true }).all()
        assert.deepEqual(
          free.map(({ name }) => name),
          ['b'],
        )
        await failure('LOCK_TIMEOUT', [], () => query.forUpdate({ noWait: true }).all())
      },
    )
  })
}
