import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  DeleteStatement,
  InsertStatement,
  Source,
  sql,
  UpdateStatement,
  type SelectItem,
  type SqlDialect,
} from '../../src/sql/index.ts'
import { c, compiledOf, numbered, Post, questionMarks, sent, sqlOf, Tag, User } from './support.ts'

const post = c('Post')
const tag = c('Tag')
const refused = { name: 'ArgumentError', code: 'ARGUMENT' }
const update = () => UpdateStatement.of(Source.of(Post))
const remove = () => DeleteStatement.of(Source.of(Post))
const insert = (...rows: unknown[][]) => InsertStatement.of(Source.of(Tag), ['id', 'name'], rows)
const key: SelectItem[] = [{ kind: 'entity', source: Source.of(Post), columns: ['id'] }]
const without = (feature: keyof SqlDialect['supports']): SqlDialect => ({
  ...questionMarks,
  supports: { ...questionMarks.supports, [feature]: false },
})

describe('An UPDATE', () => {
  it('sets constants, encoded as their columns do, and expressions', () => {
    const statement = update().set({
      title: 'x',
      published: true,
      editorId: null,
      views: post.views.plus(1),
      body: sql`upper(body)`,
    })
    assert.deepEqual(
      sent(statement.where(post.id.eq(5), post.author.has({ name: 'ada' })), numbered),
      {
        sql:
          'update `post` set `title` = $1, `published` = $2, `editor_id` = $3, `views` = `post`.`views` + $4, `body` = (upper(body)) ' +
          'where `post`.`id` = $5 and exists (select 1 from `user` where `post`.`author_id` = `user`.`id` and `user`.`name` = $6)',
        parameters: ['x', true, null, 1, 5, 'ada'],
      },
    )
  })

  // session 7.8
  // settled H19
  it('needs rows to be named: by conditions, or by saying that all are meant', () => {
    const statement = update().set({ views: 0 })
    assert.equal(statement.hasCriteria, false)
    assert.throws(() => sqlOf(statement), { ...refused, message: /everyRow\(\)/ })
    assert.throws(() => statement.where(), { ...refused, message: /everyRow\(\)/ })
    assert.throws(() => remove().where(), refused)
    assert.throws(() => sqlOf(remove()), refused)
    assert.equal(sqlOf(statement.everyRow()), 'update "post" set "views" = ?')
    assert.equal(sqlOf(remove().everyRow()), 'delete from "post"')
    assert.deepEqual(
      [statement.everyRow().hasCriteria, statement.where(post.id.eq(1)).hasCriteria],
      [true, true],
    )
  })

  it('needs values, none of them undefined, and of the right type', () => {
    assert.throws(() => update().set({}), refused)
    assert.throws(() => update().set({ title: undefined }), { ...refused, message: /Post\.title/ })
    assert.throws(() => sqlOf(update().everyRow()), { ...refused, message: /\.set\(/ })
    assert.throws(() => sent(update().everyRow().set({ title: 5 })), {
      ...refused,
      message: /Post\.title/,
    })
    assert.throws(() => sqlOf(update().everyRow().set({ titl: 'x' })), {
      ...refused,
      message: /"title"/,
    })
  })

  it('has no joins, and says how to ask through a relation', () => {
    assert.throws(() => sqlOf(update().set({ views: 1 }).where(post.author.c.name.eq('x'))), {
      ...refused,
      message: /\.author\.has\(/,
    })
    assert.throws(() => sqlOf(remove().where(c('User').name.eq('x'))), refused)
  })

  it('gives back touched rows where the database can', () => {
    const statement = update().set({ views: 1 }).where(post.id.eq(1)).returning(key)
    const compiled = compiledOf(statement)
    assert.match(compiled.sql, / returning "post"\."id"$/)
    assert.deepEqual([compiled.returnsRows, compiled.layout.length], [true, 1])
    assert.equal(compiledOf(update().set({ views: 1 }).everyRow()).returnsRows, false)
    assert.throws(() => sqlOf(statement, without('updateReturning')), refused)
    assert.equal(
      sqlOf(
        remove()
          .where(post.id.eq(1))
          .returning([{ kind: 'value', expression: post.title }]),
      ),
      'delete from "post" where "post"."id" = ? returning "post"."title"',
    )
  })

  it('has a key for what it sets, where, and what comes back', () => {
    const set = (values: object): UpdateStatement => update().set(values).where(post.id.eq(1))
    assert.equal(set({ views: 1 }).key, set({ views: 2 }).key)
    const keys = [
      set({ views: 1 }),
      set({ title: 'x' }),
      set({ views: post.views }),
      set({ views: 1, title: 'x' }),
      set({ views: 1 }).where(post.id.gt(1)),
      set({ views: 1 }).returning(key),
      remove().where(post.id.eq(1)),
      remove().everyRow(),
    ].map((statement) => statement.key)
    assert.equal(new Set(keys).size, keys.length)
  })
})

describe('A bulk INSERT', () => {
  it('writes all rows in one statement', () => {
    assert.deepEqual(sent(insert([1, 'a'], [2, 'b']), numbered), {
      sql: 'insert into `tag` (`id`, `name`) values ($1, $2), ($3, $4)',
      parameters: [1, 'a', 2, 'b'],
    })
    assert.throws(() => sent(insert([1, 5])), { ...refused, message: /Tag\.name/ })
    assert.throws(() => sent(insert([1, undefined])), { ...refused, message: /Tag\.name/ })
  })

  it('of one row without values takes the defaults', () => {
    assert.equal(
      sqlOf(InsertStatement.of(Source.of(Tag), [], [[]])),
      'insert into "tag" default values',
    )
    assert.throws(() => sqlOf(InsertStatement.of(Source.of(Tag), [], [[], []])), refused)
  })

  // settled B24
  it('leaves an existing row alone, or writes the new values or others into it', () => {
    const head = 'insert into "tag" ("id", "name") values (?, ?) on conflict ("id") do '
    assert.equal(sqlOf(insert([1, 'a']).onConflict(['id']).doNothing()), `${head}nothing`)
    assert.equal(
      sqlOf(insert([1, 'a']).onConflict(['id']).doUpdate()),
      `${head}update set "name" = excluded."name"`,
    )
    assert.deepEqual(
      sent(insert([1, 'a']).onConflict(['id']).doUpdate({ name: tag.name.lower() })).sql,
      `${head}update set "name" = lower("tag"."name")`,
    )
    assert.deepEqual(sent(insert([1, 'a']).onConflict(['id']).doUpdate({ name: 'z' })).parameters, [
      1,
      'a',
      'z',
    ])
    assert.match(
      sqlOf(insert([1, 'a']).onConflict(['id', 'name']).doUpdate()),
      /\("id", "name"\) do update set "id" = excluded."id", "name" = excluded."name"$/,
    )
    assert.throws(
      () => sqlOf(insert([1, 'a']).onConflict(['id']).doNothing(), without('conflictTarget')),
      refused,
    )
  })

  it('gives back inserted rows where the database can', () => {
    const statement = insert([1, 'a']).returning([{ kind: 'entity', source: Source.of(Tag) }])
    assert.match(sqlOf(statement), / returning "tag"\."id", "tag"\."name"$/)
    assert.throws(() => sqlOf(statement, without('insertReturning')), refused)
  })

  it('has a key for its columns, the number of its rows, and what happens on a conflict', () => {
    assert.equal(insert([1, 'a']).key, insert([2, 'b']).key)
    const keys = [
      insert([1, 'a']),
      insert([1, 'a'], [2, 'b']),
      insert([1, 'a']).returning(key),
      InsertStatement.of(Source.of(Tag), ['name'], [['a']]),
      InsertStatement.of(Source.of(User), ['id', 'name'], [[1, 'a']]),
      insert([1, 'a']).onConflict(['id']).doNothing(),
      insert([1, 'a']).onConflict(['name']).doNothing(),
      insert([1, 'a']).onConflict(['id']).doUpdate(),
      insert([1, 'a']).onConflict(['id']).doUpdate({ name: 'b' }),
    ].map((statement) => statement.key)
    assert.equal(new Set(keys).size, keys.length)
  })
})
