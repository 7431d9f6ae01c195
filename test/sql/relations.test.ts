import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createAlias, filterConditions, not, or } from '../../src/sql/index.ts'
import {
  c,
  Comment,
  compiledOf,
  Line,
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
const comment = c('Comment')
const user = c('User')
const refused = { name: 'ArgumentError', code: 'ARGUMENT' }

describe('A relation to one row', () => {
  it('is compared with an object by the key that it has when the statement is sent', () => {
    const ada = new User({})
    const statement = select('Post').where(post.author.is(ada))
    assert.throws(() => sent(statement), { ...refused, message: /User: it has no id yet/ })
    Object.assign(ada, { id: 7 })
    assert.deepEqual(sent(statement), {
      sql: 'select "post"."id" from "post" where "post"."author_id" = ?',
      parameters: [7],
    })
  })

  it('is compared by all columns of a composite key', () => {
    const line = c('Line')
    const condition = or(
      line.previous.is(new Line({ orderId: 1, lineNo: 2 })),
      line.previous.is(null),
    )
    assert.deepEqual(sent(selectValues(line.note).where(condition), numbered), {
      sql:
        'select `line`.`note` from `line` where (`line`.`previous_order_id` = $1 and `line`.`previous_line_no` = $2) ' +
        'or (`line`.`previous_order_id` is null or `line`.`previous_line_no` is null)',
      parameters: [1, 2],
    })
  })

  it('that holds no key asks the other table whether there is a row', () => {
    assert.equal(
      sqlOf(select('User').where(user.profile.is(null))),
      'select "user"."id" from "user" where not exists (select 1 from "profile" where "user"."id" = "profile"."user_id")',
    )
    assert.equal(whereOf(post.editor.is(null)), '"post"."editor_id" is null')
  })

  it('has() finds rows whose target fulfils all conditions', () => {
    assert.deepEqual(
      sent(select('Post').where(post.author.has({ name: 'ada', email: null }, user.score.gt(1)))),
      {
        sql:
          'select "post"."id" from "post" where exists (select 1 from "user" where "post"."author_id" = "user"."id" ' +
          'and "user"."name" = ? and "user"."email" is null and "user"."score" > ?)',
        parameters: ['ada', 1],
      },
    )
  })

  it('refuses what is no object of its target', () => {
    assert.throws(() => post.author.is(new Tag({ id: 1 })), {
      ...refused,
      message: /Post\.author.*Tag.*User/,
    })
    assert.throws(() => post.author.is(7 as never), refused)
    assert.throws(() => post.author.is(undefined as never), refused)
  })
})

describe('A relation to many rows', () => {
  const links = '"post_tag" where "post"."id" = "post_tag"."post_id"'

  it('any() and none() ask for members that fulfil all conditions', () => {
    assert.equal(
      whereOf(post.tags.any({ name: 'ts' })),
      'exists (select 1 from "tag" inner join "post_tag" on "post_tag"."tag_id" = "tag"."id" where "post"."id" = "post_tag"."post_id" and "tag"."name" = ?)',
    )
    assert.equal(
      whereOf(post.comments.none({ body: ['a', 'b'] })),
      'not exists (select 1 from "comment" where "post"."id" = "comment"."post_id" and "comment"."body" in (select value from json_each(?)))',
    )
  })

  it('without conditions asks the association table alone', () => {
    assert.equal(whereOf(post.tags.any()), `exists (select 1 from ${links})`)
    assert.equal(whereOf(not(post.tags.none())), `not (not exists (select 1 from ${links}))`)
    assert.equal(whereOf(post.tags.count().gt(2)), `(select count(*) from ${links}) > ?`)
    assert.equal(
      whereOf(post.comments.count().eq(0)),
      '(select count(*) from "comment" where "post"."id" = "comment"."post_id") = ?',
    )
  })

  it('contains() asks for one object', () => {
    assert.deepEqual(
      sent(
        select('Post').where(
          post.tags.contains(new Tag({ id: 4 })),
          post.comments.contains(new Comment({ id: 5 })),
        ),
      ),
      {
        sql: `select "post"."id" from "post" where exists (select 1 from ${links} and "post_tag"."tag_id" = ?) and exists (select 1 from "comment" where "post"."id" = "comment"."post_id" and "comment"."id" = ?)`,
        parameters: [4, 5],
      },
    )
    assert.throws(() => post.tags.contains(new User({ id: 1 })), refused)
  })

  it('of a table to itself gives the inner rows another name', () => {
    assert.equal(
      sqlOf(select('Comment').where(comment.children.any(comment.children.any({ body: 'x' })))),
      'select "comment"."id" from "comment" where exists (select 1 from "comment" as "comment_2" where "comment"."id" = "comment_2"."parent_id" ' +
        'and exists (select 1 from "comment" as "comment_3" where "comment_2"."id" = "comment_3"."parent_id" and "comment_3"."body" = ?))',
    )
  })

  it('joins paths where their rows are: the inner ones inside, the outer ones outside', () => {
    assert.equal(
      sqlOf(select('Post').where(post.comments.any(comment.parent.c.body.eq(post.author.c.name)))),
      'select "post"."id" from "post" inner join "user" on "post"."author_id" = "user"."id" where exists (select 1 from "comment" ' +
        'left join "comment" as "comment_2" on "comment"."parent_id" = "comment_2"."id" where "post"."id" = "comment"."post_id" and "comment_2"."body" = "user"."name")',
    )
  })

  it('counts as a number', () => {
    const [item] = compiledOf(selectValues(post.comments.count())).layout
    assert.ok(item?.kind === 'value')
    assert.equal(item.decode?.('3'), 3)
  })

  it('reaches from an alias as from the model', () => {
    const as = createAlias(Post, false)
    const other = c('Post', as)
    assert.equal(
      sqlOf(selectValues(other.id).where(other.tags.any(), other.author.c.name.eq('x'))),
      'select "post"."id" from "post" inner join "user" on "post"."author_id" = "user"."id" where exists (select 1 from "post_tag" where "post"."id" = "post_tag"."post_id") and "user"."name" = ?',
    )
  })
})

describe('A filter object', () => {
  const where = (filter: object) =>
    sent(select('Post').where(...filterConditions(filter, post, 'Post')))

  it('means equality, IN for an array, IS NULL for null, and the object that a relation leads to', () => {
    assert.deepEqual(
      where({
        title: 'x',
        views: [1, 2],
        editorId: null,
        author: new User({ id: 3 }),
        editor: null,
      }),
      {
        sql:
          'select "post"."id" from "post" where "post"."title" = ? and "post"."views" in (select value from json_each(?)) and "post"."editor_id" is null ' +
          'and "post"."author_id" = ? and "post"."editor_id" is null',
        parameters: ['x', '[1,2]', 3],
      },
    )
    assert.equal(where({}).sql, 'select "post"."id" from "post"')
  })

  // settled H19
  it('refuses undefined, which would silently match all rows', () => {
    assert.throws(() => where({ title: undefined }), { ...refused, message: /Post by title/ })
    assert.throws(() => where({ author: undefined }), refused)
    assert.throws(() => where({ views: [1, undefined] }), refused)
  })

  it('refuses unknown keys, and names the nearest', () => {
    assert.throws(() => where({ vews: 1 }), { ...refused, message: /"vews".*Did you mean "views"/ })
    assert.throws(() => where(JSON.parse('{ "__proto__": 1 }') as object), refused)
  })

  it('refuses a collection, and a value for a relation', () => {
    assert.throws(() => where({ tags: [new Tag({ id: 1 })] }), { ...refused, message: /\.any\(/ })
    assert.throws(() => where({ author: 7 }), refused)
  })
})
