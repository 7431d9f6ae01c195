import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createAlias, createTemplate, RawStatement, sql, type Expr } from '../../src/sql/index.ts'
import {
  c,
  numbered,
  Post,
  select,
  selectValues,
  sent,
  sqlOf,
  Tag,
  User,
  whereOf,
} from './support.ts'

const post = c('Post')
const refused = { name: 'ArgumentError', code: 'ARGUMENT' }
const raw = (strings: TemplateStringsArray, ...values: unknown[]): RawStatement =>
  new RawStatement(createTemplate(strings, values))

describe('An sql template', () => {
  // settled M15
  it('renders models and columns as names and binds everything else', () => {
    assert.deepEqual(
      sent(
        raw`select ${post.title} from ${Post} where ${post.authorId} = ${3} and note = ${"it's"}`,
      ),
      {
        sql: 'select "post"."title" from "post" where "post"."author_id" = ? and note = ?',
        parameters: [3n, "it's"],
      },
    )
    assert.deepEqual(
      raw`select ${post.title} from ${Tag}`.sources.map(({ model }) => model),
      [Post, Tag],
    )
  })

  // settled M15
  it('takes arrays only through sql.list, refuses objects of a model, and says what to use', () => {
    assert.throws(() => sql`${[1, 2]}`, { ...refused, message: /sql\.list/ })
    assert.throws(() => sql`${new User({ id: 1 })}`, { ...refused, message: /\$\{user\.id\}/ })
    for (const bad of [undefined, Number.NaN, { id: 1 }, () => 1, Symbol('x'), Date])
      assert.throws(() => sql`${bad}`, refused)
  })

  it('binds values as the column type that is natural for them', () => {
    assert.deepEqual(
      sent(raw`${true} ${new Date(0)} ${null} ${1.5} ${5} ${7n} ${'x'} ${new Uint8Array([1])}`)
        .parameters,
      [1n, '1970-01-01T00:00:00.000Z', null, 1.5, 5n, 7n, 'x', new Uint8Array([1])],
    )
  })

  it('is an expression in a query, where columns go by their name there', () => {
    const as = createAlias(User, false)
    const statement = select('Post')
      .join(post.editor, as)
      .where(
        sql`length(${c('User', as).name}) > ${2} or ${post.author.c.name} = ${'x'}`,
        post.id.gt(1),
      )
    assert.deepEqual(sent(statement, numbered), {
      sql:
        'select `post`.`id` from `post` inner join `user` on `post`.`editor_id` = `user`.`id` inner join `user` as `user_2` on `post`.`author_id` = `user_2`.`id` ' +
        'where (length(`user`.`name`) > $1 or `user_2`.`name` = $2) and `post`.`id` > $3',
      parameters: [2, 'x', 1],
    })
  })

  it('can be compared, sorted by and put into another one', () => {
    const length = sql<number>`length(${post.body})`
    assert.deepEqual(
      sent(
        selectValues(length)
          .where(length.gt(sql`${1} + ${2}`))
          .orderBy(length.desc()),
      ),
      {
        sql: 'select length("post"."body") from "post" where (length("post"."body")) > (? + ?) order by (length("post"."body")) desc',
        parameters: [1n, 2n],
      },
    )
    assert.equal(whereOf(sql`a ${sql`b ${1}`} ${post.views.plus(2)}`), 'a b ? ("post"."views" + ?)')
  })

  it('names what is only known at run time by sql.ref, always quoted', () => {
    assert.equal(
      sqlOf(raw`select ${sql.ref('t', 'a"b')} from ${sql.ref('my.table')} as t`),
      'select "t"."a""b" from "my.table" as t',
    )
    assert.equal(
      sqlOf(raw`update ${Post} set ${sql.ref(post.createdAt)} = ${null}`),
      'update "post" set "created_at" = ?',
    )
    assert.throws(() => sql.ref(5 as never), refused)
    assert.throws(() => sql.ref(post.views.plus(1)), refused)
  })

  it('joins parts by sql.join', () => {
    assert.deepEqual(
      sent(
        raw`values (${sql.join([1, 'a', post.id])}) ${sql.join([sql`x = ${2}`, sql`y`], sql` and `)}`,
      ),
      { sql: 'values (?, ?, "post"."id") x = ? and y', parameters: [1n, 'a', 2n] },
    )
    assert.throws(() => sql.join([]), refused)
    assert.throws(() => sql.join([1], ' and ' as never), refused)
  })

  it('puts values into IN by sql.list, few texts for all lengths, nothing in an empty one', () => {
    assert.deepEqual(sent(raw`id in ${sql.list([1, 2, 3])}`), {
      sql: 'id in (?, ?, ?, ?)',
      parameters: [1n, 2n, 3n, 3n],
    })
    assert.equal(raw`id in ${sql.list([1, 2, 3])}`.key, raw`id in ${sql.list([5, 6, 7, 8])}`.key)
    assert.notEqual(raw`id in ${sql.list([1, 2])}`.key, raw`id in ${sql.list([1, 2, 3])}`.key)
    assert.deepEqual(sent(raw`id not in ${sql.list([])}`), {
      sql: 'id not in (null) is null',
      parameters: [],
    })
    assert.throws(() => sql.list([1, null]), refused)
    assert.throws(() => sql.list([[1]]), refused)
  })

  it('refuses aliases and paths in raw SQL, which names its own tables', () => {
    assert.throws(() => sqlOf(raw`select ${c('Post', createAlias(Post, false)).id}`), {
      ...refused,
      message: /sql\.ref/,
    })
    assert.throws(() => sqlOf(raw`select ${post.author.c.name} from ${Post}`), refused)
  })

  it('gives subqueries other names than its own tables have', () => {
    const comment = c('Comment')
    assert.equal(
      sqlOf(raw`select * from ${comment.id.source.model} where ${comment.children.any()}`),
      'select * from "comment" where exists (select 1 from "comment" as "comment_2" where "comment"."id" = "comment_2"."parent_id")',
    )
  })

  // session 7.20
  it('shares its key with the same text at another place, and not with another text', () => {
    const here = (n: number): Expr<number> & { readonly key?: string } =>
      sql<number>`abs(${n}) + ${post.id}`
    assert.equal(here(1).key, here(2).key)
    assert.equal(here(1).key, (sql`abs(${3}) + ${post.id}` as { readonly key?: string }).key)
    const others = [
      sql`abs(${1})+ ${post.id}`,
      sql`abs(${1}) + ${post.views}`,
      sql`abs(${1}) + ${2}`,
      sql`abs(?) + ${post.id}`,
      sql`abs(${sql`${1}`}) + ${post.id}`,
    ] as { readonly key?: string }[]
    assert.equal(
      new Set([...others, here(1) as { readonly key?: string }].map(({ key }) => key)).size,
      6,
    )
  })

  it('without values is text for a column default', () => {
    assert.equal(sql`now()`.sql, 'now()')
    assert.throws(() => sql`${1}`.sql, refused)
  })
})
