import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  and,
  sql,
  StatementCache,
  valuesOf,
  type Expr,
  type SqlDialect,
} from '../../src/sql/index.ts'
import {
  c,
  catalog,
  numbered,
  questionMarks,
  select,
  selectValues,
  sent,
  whereOf,
} from './support.ts'

const post = c('Post')
const user = c('User')
const sizes = [1, 2, 3, 4, 5, 8, 9, 33]
const ids = (length: number): number[] => Array.from({ length }, (_, n) => n + 1)

/** Texts that one cache compiles for lists of all `sizes`. */
function textsFor(dialect: SqlDialect, condition: (list: number[]) => Expr<boolean>): Set<string> {
  const cache = new StatementCache()
  const texts = sizes.map((size) => {
    const statement = select('Post').where(condition(ids(size)))
    return cache.get(statement, valuesOf(statement), dialect, catalog).sql
  })
  assert.equal(cache.misses, new Set(texts).size)
  return new Set(texts)
}

describe('IN of an array', () => {
  // session 7.15
  // settled A17
  it('is one bound value where the dialect has a spelling for it, so that all lengths share a text', () => {
    assert.deepEqual(sent(select('Post').where(post.authorId.in([1, 2, 3]))), {
      sql: 'select "post"."id" from "post" where "post"."author_id" in (select value from json_each(?))',
      parameters: ['[1,2,3]'],
    })
    assert.equal(textsFor(questionMarks, (list) => post.authorId.in(list)).size, 1)
    assert.equal(textsFor(questionMarks, (list) => post.authorId.notIn(list)).size, 1)
  })

  it('is padded to a power of two by its last value elsewhere', () => {
    assert.deepEqual(sent(select('Post').where(post.authorId.in([7, 8, 9])), numbered), {
      sql: 'select `post`.`id` from `post` where `post`.`author_id` in ($1, $2, $3, $4)',
      parameters: [7, 8, 9, 9],
    })
    assert.equal(textsFor(numbered, (list) => post.authorId.in(list)).size, 6) // 1, 2, 4, 8, 16, 64
  })

  // settled A17
  it('of bytes is padded everywhere, because bytes have no place in a list that is one value', () => {
    const [one, two, three] = [1, 2, 3].map((byte) => new Uint8Array([byte]))
    assert.deepEqual(sent(select('Post').where(post.hash.in([one, two, three]))), {
      sql: 'select "post"."id" from "post" where "post"."hash" in (?, ?, ?, ?)',
      parameters: [one, two, three, three],
    })
    assert.equal(whereOf(sql`x`.in([one, two])), '(x) in (?, ?)')
    assert.equal(
      textsFor(questionMarks, (list) => post.hash.in(list.map((byte) => new Uint8Array([byte]))))
        .size,
      6,
    )
  })

  it('encodes each member as its column does', () => {
    assert.deepEqual(
      sent(select('Post').where(post.createdAt.in([new Date(0), new Date(1)]))).parameters,
      ['["1970-01-01T00:00:00.000Z","1970-01-01T00:00:00.001Z"]'],
    )
    assert.throws(() => sent(select('Post').where(post.authorId.in([1, '2']))), {
      code: 'ARGUMENT',
      message: /Post\.authorId/,
    })
  })

  it('without members matches nothing, and NOT IN everything, in the text that other lists have', () => {
    assert.deepEqual(sent(select('Post').where(post.authorId.in([]))).parameters, ['[]'])
    assert.equal(whereOf(post.authorId.in([])), whereOf(post.authorId.in([1])))
    assert.equal(whereOf(post.authorId.notIn([])), whereOf(post.authorId.notIn([1])))
    assert.equal(whereOf(post.authorId.in([]), numbered), '1 = 0')
    assert.equal(whereOf(post.authorId.notIn([]), numbered), 'not (1 = 0)')
  })

  it('tells NULL among its members apart, which IN never finds and which would empty NOT IN', () => {
    const list = '"post"."editor_id" in (select value from json_each(?))'
    assert.deepEqual(sent(select('Post').where(post.editorId.in([1, null]))), {
      sql: `select "post"."id" from "post" where ${list} or "post"."editor_id" is null`,
      parameters: ['[1]'],
    })
    assert.equal(
      whereOf(post.editorId.notIn([null, 1])),
      `not (${list}) and "post"."editor_id" is not null`,
    )
    assert.equal(whereOf(post.editorId.in([null]), numbered), '1 = 0 or `post`.`editor_id` is null')
    assert.equal(
      whereOf(and(post.editorId.notIn([null]), post.id.eq(1)), numbered),
      '(not (1 = 0) and `post`.`editor_id` is not null) and `post`.`id` = $1',
    )
    assert.notEqual(
      select('Post').where(post.editorId.in([1])).key,
      select('Post').where(post.editorId.in([1, null])).key,
    )
  })

  it('writes a left side with values twice where NULL is a member, with the same values', () => {
    const condition = post.editorId.coalesce<number | null>(5).in([1, null])
    assert.deepEqual(sent(select('Post').where(condition, post.id.eq(9))), {
      sql: 'select "post"."id" from "post" where (coalesce("post"."editor_id", ?) in (select value from json_each(?)) or coalesce("post"."editor_id", ?) is null) and "post"."id" = ?',
      parameters: [5n, '[1]', 5n, 9],
    })
  })

  it('does not notice when the array is changed afterwards', () => {
    const list = [1, 2]
    const statement = select('Post').where(post.authorId.in(list))
    list.push(3)
    assert.deepEqual(sent(statement).parameters, ['[1,2]'])
  })

  it('with more members than a statement may have parameters is refused', () => {
    assert.throws(() => sent(select('Post').where(post.authorId.in(ids(65))), numbered), {
      code: 'ARGUMENT',
      message: /64/,
    })
    assert.equal(sent(select('Post').where(post.authorId.in(ids(65)))).parameters.length, 1)
  })
})

describe('IN of a query', () => {
  it('is a subquery with names of its own', () => {
    const authors = selectValues(user.id).where(user.name.eq('ada'))
    assert.deepEqual(
      sent(
        select('Post').where(post.views.gt(1), post.authorId.in(authors as never), post.id.lt(9)),
      ),
      {
        sql: 'select "post"."id" from "post" where "post"."views" > ? and "post"."author_id" in (select "user"."id" from "user" where "user"."name" = ?) and "post"."id" < ?',
        parameters: [1, 'ada', 9],
      },
    )
    assert.equal(
      whereOf(post.id.notIn(selectValues(post.id).limit(3) as never)),
      '"post"."id" not in (select "post_2"."id" from "post" as "post_2" limit ?)',
    )
  })

  it('may mention the outer query', () => {
    const newest = selectValues(post.id).from(post.id.source).where(post.authorId.eq(user.id))
    assert.match(
      sent(select('User').where(user.id.in(newest as never))).sql,
      /from "user" where .* from "post" where "post"\."author_id" = "user"\."id"\)$/,
    )
  })

  it('compares values of a type whose stored form does not compare, converted on both sides', () => {
    const prices = selectValues(post.price).where(post.price.gt('1'))
    assert.match(
      whereOf(post.price.in(prices as never)),
      /^cast\("post"\."price" as real\) in \(select cast\("post_2"\."price" as real\) from "post" as "post_2" where/,
    )
  })

  it('must select one value', () => {
    assert.throws(() => post.id.in(select('Post') as never), { code: 'ARGUMENT' })
    assert.throws(() => post.id.in(selectValues(post.id, post.views) as never), {
      code: 'ARGUMENT',
    })
    assert.throws(() => post.id.in('abc' as never), { code: 'ARGUMENT' })
    assert.throws(() => post.id.in(null as never), { code: 'ARGUMENT', message: /Post\.id/ })
  })
})
