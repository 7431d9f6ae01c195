import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { count, max, SelectStatement, Source, sql, type Expr } from '../../src/sql/index.ts'
import {
  Audit,
  c,
  compiledOf,
  entity,
  numbered,
  Post,
  select,
  selectValues,
  sent,
  sqlOf,
  Tag,
  value,
} from './support.ts'

const post = c('Post')
const refused = { name: 'ArgumentError', code: 'ARGUMENT' }

describe('A SELECT', () => {
  it('writes its clauses in the order of SQL, and its values with them', () => {
    const statement = selectValues(post.authorId, count(), post.views.plus(1))
      .limit(20)
      .offset(40)
      .orderBy(max(post.views.plus(2)))
      .having(count().gt(3))
      .groupBy(post.authorId, post.views.plus(4))
      .where(post.id.gt(5))
      .distinct()
    assert.deepEqual(sent(statement, numbered), {
      sql:
        'select distinct `post`.`author_id`, count(*), `post`.`views` + $1 from `post` where `post`.`id` > $2 group by `post`.`author_id`, `post`.`views` + $3 ' +
        'having count(*) > $4 order by max(`post`.`views` + $5) limit $6 offset $7',
      parameters: [1, 5, 4, 3, 2, 20, 40],
    })
  })

  it('is immutable: each step gives another statement', () => {
    const base = select('Post')
    const before = { sql: sqlOf(base), key: base.key }
    base
      .where(post.id.eq(1))
      .orderBy(post.id)
      .limit(1)
      .distinct()
      .forUpdate()
      .groupBy(post.id)
      .having(count().gt(1))
      .join(post.tags)
    assert.deepEqual({ sql: sqlOf(base), key: base.key }, before)
  })

  // settled M16
  it('joins the conditions of all calls by AND, and puts OR among them in parentheses', () => {
    assert.match(
      sqlOf(
        select('Post')
          .where(post.id.gt(1), post.id.lt(9))
          .where(post.published as Expr<boolean>),
      ),
      /where "post"\."id" > \? and "post"\."id" < \? and "post"\."published"$/,
    )
    assert.match(
      sqlOf(select('Post').where(sql<boolean>`a or b`, post.id.gt(1))),
      /where \(a or b\) and "post"\."id" > \?$/,
    )
  })

  // session 7.22
  it('selects the columns of an object by name, in the order of its model, or those that are wanted', () => {
    assert.equal(
      sqlOf(SelectStatement.of([{ kind: 'entity', source: Source.of(Tag) }])),
      'select "tag"."id", "tag"."name" from "tag"',
    )
    assert.equal(
      sqlOf(SelectStatement.of([entity(Post, 'title', 'id')])),
      'select "post"."title", "post"."id" from "post"',
    )
    assert.throws(() => sqlOf(SelectStatement.of([entity(Post, 'titl')])), {
      ...refused,
      message: /Post\.titl.*"title"/,
    })
  })

  it('says where each item stands in a row, and how its value is read', () => {
    const { layout } = compiledOf(
      SelectStatement.of([
        entity(Post, 'id', 'title'),
        value(post.createdAt),
        entity(Post, 'views'),
      ]),
    )
    assert.deepEqual(
      layout.map((item) => [
        item.kind,
        item.offset,
        item.kind === 'entity'
          ? item.columns.map(({ property }) => property)
          : item.decode?.('1970-01-01T00:00:00.000Z'),
      ]),
      [
        ['entity', 0, ['id', 'title']],
        ['value', 2, new Date(0)],
        ['entity', 3, ['views']],
      ],
    )
    const [, created] = layout
    assert.ok(created?.kind === 'value')
    assert.equal(created.decode?.(null), null)
  })

  it('has OFFSET without LIMIT on databases that know only both', () => {
    assert.deepEqual(sent(select('Post').offset(5)), {
      sql: 'select "post"."id" from "post" limit 9007199254740991 offset ?',
      parameters: [5],
    })
  })

  it('refuses numbers of rows that are none', () => {
    for (const bad of [-1, 1.5, Number.NaN, Infinity, '10' as never, undefined as never]) {
      assert.throws(() => select('Post').limit(bad), refused)
      assert.throws(() => select('Post').offset(bad), refused)
    }
  })

  it('sorts by expressions and directions, NULL first or last where it is said', () => {
    assert.match(
      sqlOf(select('Post').orderBy(post.views.desc(), post.id, post.title.asc())),
      /order by "post"\."views" desc, "post"\."id", "post"\."title"$/,
    )
    assert.match(
      sqlOf(
        select('Post').orderBy(post.editorId.desc().nullsLast(), post.price.asc().nullsFirst()),
      ),
      /"editor_id" desc nulls last, cast\("post"\."price" as real\) nulls first$/,
    )
  })

  it('sorts by whether there is a value where the database has no NULLS FIRST, with the same values', () => {
    const statement = select('Post')
      .orderBy(post.editorId.coalesce(3).desc().nullsLast(), post.title.asc().nullsFirst())
      .limit(7)
    assert.deepEqual(sent(statement, numbered), {
      sql:
        'select `post`.`id` from `post` order by coalesce(`post`.`editor_id`, $1) is null, coalesce(`post`.`editor_id`, $2) desc, ' +
        '`post`.`title` is null desc, `post`.`title` limit $3',
      parameters: [3, 3, 7],
    })
  })

  it('comes in the order of the primary key where nothing else is said', () => {
    assert.match(
      sqlOf(select('Post').orderByKey().limit(1)),
      /from "post" order by "post"\."id" limit \?$/,
    )
    assert.match(
      sqlOf(select('Post').orderBy(post.views).orderByKey()),
      /order by "post"\."views"$/,
    )
    assert.match(
      sqlOf(SelectStatement.of([entity(c('Line').note.source.model, 'note')]).orderByKey()),
      /order by "line"\."order_id", "line"\."line_no"$/,
    )
    assert.equal(
      select('Post').orderBy(post.views).orderByKey().key,
      select('Post').orderBy(post.views).key,
    )
  })

  it('locks rows where the database can, and says that it must run in a transaction', () => {
    const statement = select('Post').forUpdate({ skipLocked: true })
    assert.equal(statement.locking, true)
    assert.equal(select('Post').locking, false)
    assert.equal(
      sqlOf(statement, numbered),
      'select `post`.`id` from `post` for update skip locked',
    )
    assert.equal(
      sqlOf(select('Post').orderBy(post.editor.c.name).forUpdate(), numbered).replace(
        /^.* order by/,
        '',
      ),
      ' `user`.`name` for update of `post`',
    )
    assert.equal(sqlOf(statement), 'select "post"."id" from "post"')
  })

  it('without any table is text of the developer only', () => {
    assert.equal(sqlOf(selectValues(sql`1 + 1`)), 'select 1 + 1')
    assert.throws(() => sqlOf(selectValues(count())), { ...refused, message: /\.from\(Model\)/ })
    assert.throws(() => sqlOf(selectValues(sql`1`).limit(1)), refused)
  })

  it('refuses tables of two engines', () => {
    const statement = select('Post').where(post.id.in(selectValues(c('Audit').id) as never))
    assert.throws(() => sqlOf(statement), {
      name: 'BindError',
      code: 'CROSS_ENGINE_STATEMENT',
      message: /"default" and "audit"/,
    })
    assert.deepEqual(
      compiledOf(SelectStatement.of([entity(Audit, 'id')])).tables.map(({ name }) => name),
      ['audit'],
    )
  })
})
