import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Table } from '../../src/schema/index.ts'
import {
  compile,
  count,
  createAlias,
  SelectStatement,
  Source,
  type Statement,
  wholeRows,
} from '../../src/sql/index.ts'
import {
  c,
  catalog,
  Comment,
  compiledOf,
  entity,
  Post,
  questionMarks,
  select,
  selectValues,
  sqlOf,
  tables,
  Tag,
  User,
  value,
} from './support.ts'

const post = c('Post')
const user = c('User')
const comment = c('Comment')
const refused = { name: 'ArgumentError', code: 'ARGUMENT' }

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

  it('tells the models that a statement names, the one it begins with first', () => {
    const as = createAlias(Comment, true)
    const statement = SelectStatement.of([value(count(c('Comment', as).id)), entity(Post, 'id')])
    const named = ({ sources }: Statement): object[] => sources.map(({ model }) => model)
    assert.deepEqual(named(statement.leftJoin(post.comments, as)), [Post, Comment])
    assert.deepEqual(named(selectValues(count()).from(Source.of(Tag))), [Tag])
    assert.deepEqual(named(select('Post').asCount()), [Post])
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

  it('takes names that differ in case for one, as SQLite does', () => {
    const loud = new Table('POST', 'default')
    for (const tag of tables.Tag.columns) loud.addColumn(tag)
    const shouting = {
      ...catalog,
      rowsOf: (model: object) => (model === Tag ? wholeRows(loud) : catalog.rowsOf(model)),
    }
    const { sql } = compile(select('Post').join(post.tags), questionMarks, shouting)
    assert.match(sql, /inner join "POST" as "POST_2" on "post_tag"."tag_id" = "POST_2"."id"$/)
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
