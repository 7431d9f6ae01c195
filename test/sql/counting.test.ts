import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { count, type SelectStatement } from '../../src/sql/index.ts'
import { c, compiledOf, numbered, select, selectValues, sent, sqlOf } from './support.ts'

const post = c('Post')

describe('The number of rows', () => {
  const counted = (statement: SelectStatement): string => sqlOf(statement.asCount())

  it('is counted without a subquery where each row is one', () => {
    assert.equal(
      counted(select('Post').where(post.views.gt(1)).orderBy(post.author.c.name).forUpdate()),
      'select count(*) from "post" where "post"."views" > ?',
    )
    assert.match(
      counted(select('Post').join(post.tags)),
      /^select count\(\*\) from "post" inner join "post_tag".*"tag_id" = "tag"\."id"$/,
    )
    assert.equal(
      sqlOf(select('Post').forUpdate().asCount(), numbered),
      'select count(*) from `post`',
    )
  })

  it('is counted over a subquery where LIMIT, DISTINCT or GROUP BY decide', () => {
    assert.match(
      counted(select('Post').offset(4)),
      /^select count\(\*\) from \(select 1 from "post" limit/,
    )
    assert.equal(
      counted(select('Post').where(post.id.gt(1)).orderBy(post.id).limit(3).offset(4)),
      'select count(*) from (select 1 from "post" where "post"."id" > ? limit ? offset ?) as "counted"',
    )
    assert.equal(
      counted(selectValues(post.views, post.title).distinct()),
      'select count(*) from (select distinct "post"."views" as "c1", "post"."title" as "c2" from "post") as "counted"',
    )
    assert.equal(
      counted(selectValues(post.authorId, count()).groupBy(post.authorId).having(count().gt(1))),
      'select count(*) from (select 1 from "post" group by "post"."author_id" having count(*) > ?) as "counted"',
    )
    assert.equal(
      counted(selectValues(count(post.id))),
      'select count(*) from (select count("post"."id") as "c1" from "post") as "counted"',
    )
    assert.match(
      counted(selectValues(post.author.c.name)),
      /\(select "user"\."name" as "c1" from "post" inner join "user"/,
    )
  })

  it('binds the values that are left', () => {
    const statement = selectValues(post.views.plus(1))
      .where(post.id.gt(2))
      .orderBy(post.views.plus(3))
      .limit(4)
    assert.deepEqual(sent(statement.asCount(), numbered).parameters, [1, 2, 4])
    assert.deepEqual(
      sent(select('Post').where(post.id.gt(2)).orderBy(post.views.plus(3)).asCount(), numbered)
        .parameters,
      [2],
    )
  })

  it('has a key of its own', () => {
    const statement = select('Post').where(post.id.gt(1))
    assert.equal(
      new Set([
        statement.key,
        statement.asCount().key,
        statement.asExists().key,
        statement.limit(1).asCount().key,
        statement.distinct().asCount().key,
      ]).size,
      5,
    )
  })

  it('or whether there is one, is a value that every driver reads', () => {
    const exists = compiledOf(
      select('Post').where(post.id.eq(1)).orderBy(post.views).distinct().asExists(),
    )
    assert.equal(exists.sql, 'select exists (select 1 from "post" where "post"."id" = ?)')
    const [found] = exists.layout
    const [number] = compiledOf(select('Post').asCount()).layout
    assert.ok(found?.kind === 'value' && number?.kind === 'value')
    assert.deepEqual(
      [1, 0, true, false, 1n, '1'].map((stored) => found.decode?.(stored)),
      [true, false, true, false, true, true],
    )
    assert.deepEqual(
      [3, 3n, '3'].map((stored) => number.decode?.(stored)),
      [3, 3, 3],
    )
  })
})
