import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  and,
  count,
  avg,
  max,
  min,
  not,
  or,
  sum,
  type Expr,
  type Expression,
} from '../../src/sql/index.ts'
import {
  c,
  compiledOf,
  numbered,
  questionMarks,
  select,
  selectValues,
  sent,
  sqlOf,
  whereOf,
} from './support.ts'

const post = c('Post')
const refused = { name: 'ArgumentError', code: 'ARGUMENT' }

/** Conditions, what SQLite reads, and what is bound. */
const CONDITIONS: readonly (readonly [text: string, Expr<boolean>, ...parameters: unknown[]])[] = [
  ['"post"."views" = ?', post.views.eq(1), 1],
  ['"post"."views" <> ?', post.views.ne(1), 1],
  ['"post"."views" > ?', post.views.gt(1), 1],
  ['"post"."views" >= ?', post.views.gte(1), 1],
  ['"post"."views" < ?', post.views.lt(1), 1],
  ['"post"."views" <= ?', post.views.lte(1), 1],
  ['"post"."views" = "post"."author_id"', post.views.eq(post.authorId)],
  ['"post"."editor_id" is null', post.editorId.eq(null)],
  ['"post"."editor_id" is not null', post.editorId.ne(null)],
  ['"post"."editor_id" is null', post.editorId.isNull()],
  ['"post"."editor_id" is not null', post.editorId.isNotNull()],
  ['"post"."views" between ? and ?', post.views.between(1, 9), 1, 9],
  ['"post"."published" = ?', post.published.eq(true), 1],
  ['"post"."published"', post.published as Expression<boolean>],
  ['"post"."created_at" > ?', post.createdAt.gt(new Date(0)), '1970-01-01T00:00:00.000Z'],
  ['coalesce("post"."editor_id", ?) = ?', post.editorId.coalesce(0).eq(3), 0n, 3],
  [
    'coalesce("post"."editor_id", "post"."author_id") = ?',
    post.editorId.coalesce(post.authorId).eq(3),
    3,
  ],
  ['lower("post"."title") = ?', post.title.lower().eq('x'), 'x'],
  ['upper("post"."title") = ?', post.title.upper().eq('X'), 'X'],
  ['"post"."views" + ? > ?', post.views.plus(1).gt(2), 1n, 2],
  ['("post"."views" + ?) * ? > ?', (post.views.plus(1) as Expression).times(3).gt(2), 1n, 3n, 2],
  ['"post"."views" - ("post"."id" - ?) > ?', post.views.minus(post.id.minus(1)).gt(2), 1n, 2],
  ['not ("post"."views" = ?)', not(post.views.eq(1)), 1],
  ['"post"."views" = ? or "post"."id" = ?', or(post.views.eq(1), post.id.eq(2)), 1, 2],
  [
    '("post"."views" = ? or "post"."id" = ?) and "post"."id" > ?',
    and(or(post.views.eq(1), post.id.eq(2)), post.id.gt(0)),
    1,
    2,
    0,
  ],
  ['("post"."views" = ?) = ?', post.views.eq(1).eq(true), 1, 1],
  ['"post"."views" = ?', and(post.views.eq(1)), 1],
  ['1 = 1', and()],
  ['1 = 0', or()],
]

describe('An expression', () => {
  for (const [text, condition, ...parameters] of CONDITIONS) {
    it(`is spelled ${text}`, () => {
      const { sql, parameters: bound } = sent(select('Post').where(condition))
      assert.equal(sql, `select "post"."id" from "post" where ${text}`)
      assert.deepEqual(bound, parameters)
    })
  }

  it('has a key of its own for each spelling', () => {
    const texts = new Map(
      CONDITIONS.map(
        ([text, { key }]: readonly [
          string,
          Expr<boolean> & { readonly key?: string },
          ...unknown[],
        ]) => [key, text],
      ),
    )
    assert.equal(texts.size, new Set(CONDITIONS.map(([text]) => text)).size)
  })

  it('refuses to compare with null where no row could match, and with undefined always', () => {
    assert.throws(() => post.views.gt(null), refused)
    assert.throws(() => post.views.between(1, null), refused)
    assert.throws(() => post.views.eq(undefined), { ...refused, message: /Post\.views/ })
    assert.throws(() => post.views.in([1, undefined]), refused)
    assert.throws(() => post.views.plus(undefined), refused)
  })

  it('refuses what is no expression where conditions are joined', () => {
    assert.throws(() => or(true as never), refused)
    assert.throws(() => and(post.id.eq(1), { id: 1 } as never), refused)
    assert.throws(() => select('Post').where(undefined as never), refused)
  })

  it('looks for text that is longer than its column, and finds nothing', () => {
    assert.deepEqual(sent(select('Post').where(post.title.eq('x'.repeat(500)))).parameters, [
      'x'.repeat(500),
    ])
  })

  it('keeps integers of arithmetic exact for drivers that would make them floating-point', () => {
    assert.deepEqual(
      sent(select('Post').where(post.views.plus(2).gt(3)), numbered).parameters,
      [2, 3],
    )
    assert.deepEqual(
      sent(select('Post').where(post.views.plus(2).gt(3)), questionMarks).parameters,
      [2n, 3],
    )
  })

  it('compares values of a type whose stored form does not compare, converted on both sides', () => {
    assert.equal(whereOf(post.price.gt('9.5')), 'cast("post"."price" as real) > cast(? as real)')
    assert.equal(
      whereOf(post.price.between('1', '2')),
      'cast("post"."price" as real) between cast(? as real) and cast(? as real)',
    )
    assert.equal(
      whereOf(post.price.in(['1', '2'])),
      'cast("post"."price" as real) in (cast(? as real), cast(? as real))',
    )
    assert.equal(whereOf(post.price.gt('9.5'), numbered), '`post`.`price` > $1')
    assert.match(
      sqlOf(select('Post').orderBy(post.price.desc())),
      /order by cast\("post"\."price" as real\) desc$/,
    )
  })
})

describe('A search in text', () => {
  for (const [method, pattern] of [
    ['contains', '%50!% of a!_b!!%'],
    ['startsWith', '50!% of a!_b!!%'],
    ['endsWith', '%50!% of a!_b!!'],
  ] as const) {
    it(`by ${method} takes %, _ and the escape character as they are`, () => {
      const { sql, parameters } = sent(select('Post').where(post.title[method]('50% of a_b!')))
      assert.match(sql, /where "post"\."title" like \? escape '!'$/)
      assert.deepEqual(parameters, [pattern])
    })
  }

  it('by like leaves the pattern to the developer', () => {
    assert.deepEqual(sent(select('Post').where(post.title.like('a%_'))), {
      sql: 'select "post"."id" from "post" where "post"."title" like ?',
      parameters: ['a%_'],
    })
  })

  it('by ilike uses ILIKE where it exists, and lower case elsewhere', () => {
    assert.equal(whereOf(post.title.ilike('A%'), numbered), '`post`.`title` ilike $1')
    assert.equal(whereOf(post.title.ilike('A%')), 'lower("post"."title") like lower(?)')
  })

  it('refuses what is no text', () => {
    assert.throws(() => post.title.contains(5 as never), { ...refused, message: /Post\.title/ })
    assert.throws(() => post.title.like(null as never), refused)
  })
})

describe('An aggregate', () => {
  it('is spelled over its operand', () => {
    const statement = selectValues(
      count(post.id),
      sum(post.views),
      avg(post.views),
      min(post.title),
      max(post.createdAt),
    )
    assert.equal(
      sqlOf(statement),
      'select count("post"."id"), sum("post"."views"), avg("post"."views"), min("post"."title"), max("post"."created_at") from "post"',
    )
    assert.equal(sqlOf(selectValues(count()).from(post.id.source)), 'select count(*) from "post"')
  })

  it('gives a value of its type, however the driver says it', () => {
    const { layout } = compiledOf(
      selectValues(
        count(post.id),
        avg(post.views),
        sum(post.price),
        max(post.createdAt),
        max(post.published),
        sum(post.big),
      ),
    )
    const decoded = (place: number, stored: unknown): unknown => {
      const item = layout[place]
      assert.equal(item?.kind, 'value')
      return item.decode === undefined ? stored : item.decode(stored)
    }
    assert.deepEqual([decoded(0, '12'), decoded(0, 12n), decoded(0, 12)], [12, 12, 12])
    assert.deepEqual([decoded(1, '2.5'), decoded(1, null)], [2.5, null])
    assert.deepEqual(
      [decoded(2, 2.5), decoded(2, '2.50'), decoded(2, null)],
      ['2.50', '2.50', null],
    )
    assert.deepEqual(decoded(3, '1970-01-01T00:00:00.000Z'), new Date(0))
    assert.deepEqual([decoded(4, 1), decoded(4, null)], [true, null])
    assert.equal(decoded(5, 7n), 7n)
  })
})
