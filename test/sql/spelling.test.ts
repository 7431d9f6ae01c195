import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { columnTypes } from '../../src/schema/index.ts'
import {
  createTemplate,
  DeleteStatement,
  insertSql,
  InsertStatement,
  RawStatement,
  selectInSql,
  Source,
  sql,
  sum,
  UpdateStatement,
  type Expression,
  type SqlDialect,
  wholeRows,
} from '../../src/sql/index.ts'
import {
  c,
  column,
  compiledOf,
  entity,
  mariadbLike,
  Post,
  postgresLike,
  questionMarks,
  select,
  selectValues,
  sent,
  sqlOf,
  Tag,
  tables,
  whereOf,
} from './support.ts'

const post = c('Post')
const refused = { name: 'ArgumentError', code: 'ARGUMENT' }
const raw = (strings: TemplateStringsArray, ...values: unknown[]) =>
  new RawStatement(createTemplate(strings, values))
/** What selecting `expression` makes of a stored value. */
const read = (expression: Expression, stored: unknown, dialect: SqlDialect = postgresLike) =>
  expression.decoder(dialect)?.(stored)

describe('LIKE', () => {
  it('has no escape character of the database in a pattern of the developer', () => {
    const statement = select('Post').where(post.title.like('50!%\\_'))
    assert.deepEqual(sent(statement, postgresLike), {
      sql: `select "post"."id" from "post" where "post"."title" like $1 escape '!'`,
      parameters: ['50!!%\\_'],
    })
    assert.deepEqual(sent(statement, mariadbLike).parameters, ['50!!%\\_'])
    assert.deepEqual(sent(statement).parameters, ['50!%\\_'])
    assert.equal(whereOf(post.title.like('x')), '"post"."title" like ?')
  })

  it('takes upper and lower case as one by ILIKE, or by lower() on both sides', () => {
    assert.equal(whereOf(post.title.ilike('x'), postgresLike), `"post"."title" ilike $1 escape '!'`)
    assert.equal(
      whereOf(post.title.ilike('x'), mariadbLike),
      "lower(`post`.`title`) like lower(?) escape '!'",
    )
    assert.equal(whereOf(post.title.ilike('x')), 'lower("post"."title") like lower(?)')
  })

  it('is about the text of columns that hold none', () => {
    assert.equal(
      whereOf(post.price.startsWith('1'), postgresLike),
      `cast("post"."price" as text) like $1 escape '!'`,
    )
    assert.equal(
      sqlOf(selectValues(post.price.upper()), postgresLike),
      'select upper(cast("post"."price" as text)) from "post"',
    )
  })
})

describe('FOR UPDATE', () => {
  it('names the table where the database lets it, and what to do about locked rows', () => {
    const joined = select('Post').orderBy(post.editor.c.name).forUpdate({ noWait: true })
    assert.match(sqlOf(joined, postgresLike), / for update of "post" nowait$/)
    assert.match(sqlOf(joined, mariadbLike), /`name` for update nowait$/)
    assert.match(
      sqlOf(select('Post').forUpdate({ skipLocked: true }), mariadbLike),
      /`post` for update skip locked$/,
    )
    assert.throws(() => select('Post').forUpdate({ skipLocked: true, noWait: true }), refused)
    const keys = [{}, { skipLocked: true }, { noWait: true }].map(
      (options) => select('Post').forUpdate(options).key,
    )
    assert.equal(new Set(keys).size, 3)
  })
})

describe('A bounded subquery', () => {
  it('stands inside another one where LIMIT is not allowed in IN', () => {
    const first = selectValues(post.id).limit(3)
    assert.equal(
      whereOf(post.id.in(first as never), mariadbLike),
      '`post`.`id` in (select * from (select `post_2`.`id` from `post` as `post_2` limit ?) as `members`)',
    )
    assert.equal(
      whereOf(post.id.in(selectValues(post.id) as never), mariadbLike),
      '`post`.`id` in (select `post_2`.`id` from `post` as `post_2`)',
    )
  })
})

describe('A subquery of the table that is changed', () => {
  it('gathers its rows before, where the statement could not ask the table itself', () => {
    const same = selectValues(post.authorId).where(post.views.gt(1))
    const remove = DeleteStatement.of(Source.of(Post))
    assert.equal(
      sqlOf(remove.where(post.id.in(same as never)), mariadbLike),
      'delete from `post` where `post`.`id` in (select * from (select distinct `post_2`.`author_id` from `post` as `post_2` where `post_2`.`views` > ?) as `members`)',
    )
    const bounded = sqlOf(remove.where(post.id.in(same.limit(2) as never)), mariadbLike)
    assert.match(bounded, /in \(select \* from \(select `post_2`.*limit \?\) as `members`\)$/)
    const other = selectValues(c('User').id)
    assert.match(
      sqlOf(remove.where(post.id.in(other as never)), mariadbLike),
      /in \(select `user`\.`id` from `user`\)$/,
    )
    assert.doesNotMatch(sqlOf(remove.where(post.id.in(same as never)), postgresLike), /members/)
  })
})

describe('An expression with values that is selected, grouped and sorted by', () => {
  const kind = post.editorId.coalesce<number | null>(5)
  const grouped = selectValues(kind, sum(post.views)).groupBy(kind).orderBy(kind.desc())

  it('is named by its place where its copies would count as others', () => {
    assert.deepEqual(sent(grouped.where(post.id.gt(1)).limit(2), postgresLike), {
      sql: 'select coalesce("post"."editor_id", $1), sum("post"."views") from "post" where "post"."id" > $2 group by 1 order by 1 desc limit $3',
      parameters: [5, 1, 2],
    })
    assert.match(sqlOf(grouped), /group by coalesce\([^]*order by coalesce\(/)
    assert.match(
      sqlOf(selectValues(kind).distinct().orderBy(kind), postgresLike),
      /^select distinct coalesce\("post"\."editor_id", \$1\) from "post" order by 1$/,
    )
  })

  it('has another shape than one that looks like it', () => {
    const other = post.editorId.coalesce<number | null>(7)
    const mixed = selectValues(kind, sum(post.views)).groupBy(other).orderBy(kind.desc())
    assert.notEqual(mixed.key, grouped.key)
    assert.match(sqlOf(mixed, postgresLike), /group by coalesce\("post"\."editor_id", \$2\) order/)
  })

  it('stands as it is where no place counts: columns, and behind objects', () => {
    assert.match(
      sqlOf(selectValues(post.views, sum(post.id)).groupBy(post.views), postgresLike),
      /group by "post"\."views"$/,
    )
    const behind = select('Post').selecting([
      entity(Post, 'id'),
      { kind: 'value', expression: kind },
    ])
    assert.match(sqlOf(behind.groupBy(post.id, kind), postgresLike), /group by "post"\."id", coal/)
  })
})

describe('A value in raw SQL', () => {
  it('has the type of a literal in its place, where the database must be told', () => {
    const date = new Date(0)
    const statement = raw`select ${1}, ${2 ** 31}, ${0.5}, ${true}, ${date}, ${7n}, ${'x'}, ${null}`
    assert.equal(
      sqlOf(statement, postgresLike),
      'select $1::int4, $2::int8, $3::number, $4::boolean, $5::timestamp, $6::int8, $7, $8',
    )
    assert.equal(sqlOf(statement), 'select ?, ?, ?, ?, ?, ?, ?, ?')
  })

  it('shares a text with values of its kind, and with no others', () => {
    assert.equal(raw`select ${1}`.key, raw`select ${2}`.key)
    const kinds = [1, 2 ** 31, 0.5, true, new Date(), new Uint8Array(), 'x']
    assert.equal(new Set(kinds.map((value) => raw`select ${value}`.key)).size, kinds.length)
    assert.equal(raw`select ${'x'}`.key, raw`select ${null}`.key)
  })

  // settled M15
  it('is in no empty list, whatever the type of the other side', () => {
    assert.equal(sqlOf(raw`id in ${sql.list([])}`, postgresLike), 'id in (null) is not null')
    assert.equal(sqlOf(raw`id NOT  IN ${sql.list([])}`), 'id NOT  IN (null) is null')
    assert.equal(sqlOf(raw`id = any ${sql.list([])}`), 'id = any (select null where 1 = 0)')
  })
})

describe('A decimal', () => {
  // settled M11
  it('is compared and computed with exactly, where bound text would be rounded', () => {
    const cast = 'cast(? as decimal(65, 30))'
    assert.equal(whereOf(post.price.gt('1'), mariadbLike), `\`post\`.\`price\` > ${cast}`)
    assert.equal(
      whereOf(post.price.between('1', '2'), mariadbLike),
      `\`post\`.\`price\` between ${cast} and ${cast}`,
    )
    assert.equal(
      whereOf(post.price.in(['1', '2']), mariadbLike),
      `\`post\`.\`price\` in (${cast}, ${cast})`,
    )
    assert.equal(
      sqlOf(selectValues(post.price.coalesce('1')), mariadbLike),
      `select coalesce(\`post\`.\`price\`, ${cast}) from \`post\``,
    )
    const byPrice = selectInSql(mariadbLike, {
      rows: wholeRows(tables.Post),
      keyColumns: [column('Post.price')],
    })
    assert.match(byPrice.sql(2), /in \(cast\(\? as [^?]*\), cast\(\? as [^?]*\)\)$/)
    const update = UpdateStatement.of(Source.of(Post)).set({ price: '1' }).everyRow()
    assert.equal(sqlOf(update, mariadbLike), 'update `post` set `price` = ?')
  })
})

describe('What is computed of a column', () => {
  it('is a value of its type, whatever number the database makes of it', () => {
    assert.equal(read(sum(post.views) as never, '12'), 12)
    assert.equal(read(sum(post.views) as never, 12n), 12)
    assert.equal(read(sum(post.big) as never, '12'), 12n)
    assert.equal(read(sum(post.price) as never, 1.5), '1.50')
    assert.equal(read(sum(post.price) as never, '1.500'), '1.50')
    assert.equal(read(sum(post.views) as never, null), null)
    assert.equal(read(post.views.plus(1) as never, '3'), 3)
    assert.equal(read((sum(post.views) as never as Expression).coalesce(0), '3'), 3)
    assert.equal(read(post.title.coalesce('3'), '3'), '3')
    const day = post.createdAt.coalesce(null)
    assert.deepEqual(read(day, '1970-01-01T00:00:00.000Z', questionMarks), new Date(0))
    assert.equal(columnTypes.int.accepts('3'), false)
  })
})

describe('RETURNING', () => {
  const returned = [{ kind: 'entity', source: Source.of(Post), columns: ['id'] }] as const

  it('is refused for the statements for which the database has none', () => {
    const update = UpdateStatement.of(Source.of(Post)).set({ views: 1 }).everyRow()
    assert.throws(() => sqlOf(update.returning(returned), mariadbLike), refused)
    const remove = DeleteStatement.of(Source.of(Post)).everyRow().returning(returned)
    assert.equal(sqlOf(remove, mariadbLike), 'delete from `post` returning `post`.`id`')
    assert.equal(compiledOf(remove, mariadbLike).returnsRows, true)
  })
})

describe('SET', () => {
  it('computes with no column that was set before, where that would be the new value', () => {
    const swap = UpdateStatement.of(Source.of(Post))
      .set({ views: 1, authorId: post.views.plus(1) })
      .everyRow()
    assert.throws(() => sqlOf(swap, mariadbLike), { ...refused, message: /authorId.*`views`/ })
    assert.match(
      sqlOf(swap, postgresLike),
      /set "views" = \$1, "author_id" = "post"."views" \+ \$2/,
    )
    const other = UpdateStatement.of(Source.of(Post))
      .set({ authorId: post.views.plus(1), views: 1 })
      .everyRow()
    assert.match(sqlOf(other, mariadbLike), /^update/)
  })
})

describe('Rows of defaults', () => {
  it('are written with the word DEFAULT where it exists', () => {
    const one = { columns: [], rowCount: 1 }
    assert.equal(
      insertSql(mariadbLike, tables.Tag, one),
      'insert into `tag` (`id`) values (default)',
    )
    const two = InsertStatement.of(Source.of(Tag), [], [[], []])
    assert.equal(sqlOf(two, postgresLike), 'insert into "tag" ("id") values (default), (default)')
    assert.throws(() => sqlOf(two), refused)
  })
})
