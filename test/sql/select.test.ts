import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  count,
  createAlias,
  max,
  SelectStatement,
  Source,
  sql,
  type Expr,
  type SelectItem,
} from '../../src/sql/index.ts'
import {
  Audit,
  c,
  Comment,
  compiledOf,
  numbered,
  Post,
  select,
  selectValues,
  sent,
  sqlOf,
  Tag,
  User,
} from './support.ts'

const post = c('Post')
const user = c('User')
const comment = c('Comment')
const refused = { name: 'ArgumentError', code: 'ARGUMENT' }
const entity = (model: object, ...columns: string[]): SelectItem => ({
  kind: 'entity',
  source: Source.of(model),
  columns,
})
const value = (expression: unknown): SelectItem => ({
  kind: 'value',
  expression: expression as never,
})

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

  it('selects all columns of an object in the order of its table, or those named', () => {
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

describe('FROM', () => {
  it('begins with the first item whose rows no join brings in, or with what is named', () => {
    const as = createAlias(Comment, true)
    const other = c('Comment', as)
    assert.equal(
      sqlOf(
        SelectStatement.of([value(count(other.id)), entity(Post, 'id')]).leftJoin(
          post.comments,
          as,
        ),
      ),
      'select count("comment"."id"), "post"."id" from "post" left join "comment" on "post"."id" = "comment"."post_id"',
    )
    assert.equal(sqlOf(selectValues(count()).from(Source.of(Tag))), 'select count(*) from "tag"')
    assert.equal(
      sqlOf(selectValues(count(other.id)).join(post.comments, as)),
      'select count("comment"."id") from "post" inner join "comment" on "post"."id" = "comment"."post_id"',
    )
  })

  it('joins a path of to-one relations once: INNER where there always is a target, LEFT where there may be none', () => {
    const statement = selectValues(post.author.c.name, post.editor.c.name)
      .where(post.author.c.email.isNotNull())
      .orderBy(post.editor.c.profile.c.bio)
    assert.equal(
      sqlOf(statement),
      'select "user"."name", "user_2"."name" from "post" inner join "user" on "post"."author_id" = "user"."id" ' +
        'left join "user" as "user_2" on "post"."editor_id" = "user_2"."id" left join "profile" on "user_2"."id" = "profile"."user_id" ' +
        'where "user"."email" is not null order by "profile"."bio"',
    )
  })

  it('joins outwards from what may be missing, also through a relation that always has a target', () => {
    const as = createAlias(Comment, true)
    const parent = c('Comment', as)
    assert.match(
      sqlOf(selectValues(comment.body, parent.post.c.title).leftJoin(comment.parent, as)),
      /left join "comment" as "comment_2" on .* left join "post" on "comment_2"\."post_id" = "post"\."id"$/,
    )
  })

  it('has the objects of a path where they are selected', () => {
    const author = Source.of(Post).related('author', User)
    const { sql: text, layout } = compiledOf(
      SelectStatement.of([entity(Post, 'id'), { kind: 'entity', source: author, columns: ['id'] }]),
    )
    assert.equal(
      text,
      'select "post"."id", "user"."id" from "post" inner join "user" on "post"."author_id" = "user"."id"',
    )
    assert.deepEqual(
      layout.map(({ offset }) => offset),
      [0, 1],
    )
  })

  it('joins relations on demand, through an association table too, under an alias or the model itself', () => {
    assert.equal(
      sqlOf(select('Post').join(post.tags).where(c('Tag').name.eq('ts'))),
      'select "post"."id" from "post" inner join "post_tag" on "post"."id" = "post_tag"."post_id" inner join "tag" on "post_tag"."tag_id" = "tag"."id" where "tag"."name" = ?',
    )
    const as = createAlias(Comment, false)
    assert.equal(
      sqlOf(selectValues(comment.body, c('Comment', as).body).join(comment.parent, as)),
      'select "comment"."body", "comment_2"."body" from "comment" inner join "comment" as "comment_2" on "comment"."parent_id" = "comment_2"."id"',
    )
  })

  it('refuses to join what is there already, and an alias of another model', () => {
    assert.throws(() => sqlOf(select('Comment').join(comment.parent)), {
      ...refused,
      message: /alias\(Comment\)/,
    })
    assert.throws(() => sqlOf(select('Post').join(post.author).join(post.editor)), {
      ...refused,
      message: /Post\.editor/,
    })
    assert.throws(() => select('Post').join(post.author, createAlias(Tag, false)), refused)
  })

  it('refuses a column of a table that is not there, and says what to join', () => {
    assert.throws(() => sqlOf(select('Post').where(c('Tag').name.eq('x'))), {
      ...refused,
      message: /Tag\.name.*reads from Post.*\.join\(/,
    })
    assert.throws(() => sqlOf(selectValues(post.id, user.name)), {
      ...refused,
      message: /User\.name/,
    })
    const as = createAlias(User, false)
    assert.throws(() => sqlOf(select('User').where(c('User', as).name.eq('x'))), {
      ...refused,
      message: /this alias of User/,
    })
  })
})

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
  })

  it('is counted over a subquery where LIMIT, DISTINCT or GROUP BY decide', () => {
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
