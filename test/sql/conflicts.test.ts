import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { columnTypes, Table, varcharType } from '../../src/schema/index.ts'
import {
  compile,
  InsertStatement,
  Source,
  sql,
  type Catalog,
  type SqlDialect,
  wholeRows,
} from '../../src/sql/index.ts'
import { mariadbLike, postgresLike, questionMarks, Tag } from './support.ts'

class Page extends Tag {}

const table = new Table('page', 'default')
const plain = {
  nullable: false,
  primaryKey: false,
  autoIncrement: false,
  serverDefault: undefined,
  computed: undefined,
}
const id = { ...plain, name: 'id', property: 'id', type: columnTypes.int, primaryKey: true }
table.addColumn({ ...id, autoIncrement: true })
const slug = table.addColumn({ ...plain, name: 'slug', property: 'slug', type: varcharType(80) })
table.addColumn({ ...plain, name: 'title', property: 'title', type: columnTypes.text })
table.indexes.push({ name: 'uq_page_slug', columns: [slug], unique: true })

const catalog: Catalog = {
  cacheKey: '',
  nameOf: () => 'Page',
  rowsOf: () => wholeRows(table),
  relation: () => assert.fail('there are no relations'),
}

const insert = (...properties: string[]) =>
  InsertStatement.of(Source.of(Page), properties, [properties.map((_, n) => (n === 0 ? 1 : 'x'))])
const bySlug = () =>
  InsertStatement.of(Source.of(Page), ['slug', 'title'], [['s', 't']]).onConflict(['slug'])
const withId = () => insert('id', 'slug', 'title').onConflict(['slug'])
const text = (statement: InsertStatement, dialect: SqlDialect): string =>
  compile(statement, dialect, catalog).sql.replace(/^.*? on /, 'on ')
const refused = { name: 'ArgumentError', code: 'ARGUMENT' }

describe('An INSERT of rows that may exist', () => {
  // session 7.6
  it('writes the new values into the existing row', () => {
    assert.equal(
      text(bySlug().doUpdate(), postgresLike),
      'on conflict ("slug") do update set "title" = excluded."title"',
    )
    assert.equal(
      text(bySlug().doUpdate(), mariadbLike),
      'on duplicate key update `title` = values(`title`)',
    )
    assert.equal(
      text(bySlug().doUpdate({ title: sql`upper(title)` }), mariadbLike),
      'on duplicate key update `title` = (upper(title))',
    )
    assert.equal(
      text(insert('slug').onConflict(['slug']).doUpdate(), mariadbLike),
      'on duplicate key update `slug` = values(`slug`)',
    )
  })

  it('leaves the existing row as it is, without hiding other errors as IGNORE would', () => {
    assert.equal(text(bySlug().doNothing(), postgresLike), 'on conflict ("slug") do nothing')
    assert.equal(text(bySlug().doNothing(), mariadbLike), 'on duplicate key update `slug` = `slug`')
  })

  // session 7.6
  it('fails for a row that is the same by another key, where any key sets the clause off', () => {
    const guard = 'if(`slug` <=> values(`slug`), '
    const otherwise = ', (select 1 union select 2))'
    assert.equal(
      text(withId().doUpdate(), mariadbLike),
      `on duplicate key update \`id\` = ${guard}values(\`id\`)${otherwise}, \`title\` = values(\`title\`)`,
    )
    assert.equal(
      text(withId().doNothing(), mariadbLike),
      `on duplicate key update \`slug\` = ${guard}\`slug\`${otherwise}`,
    )
    assert.equal(
      text(withId().doUpdate({ title: 'z' }), mariadbLike),
      `on duplicate key update \`slug\` = ${guard}\`slug\`${otherwise}, \`title\` = ?`,
    )
    assert.equal(text(withId().doNothing(), postgresLike), 'on conflict ("slug") do nothing')
  })

  it('needs columns that are unique, which a database that is not told them would not find out', () => {
    assert.throws(() => text(insert('title').onConflict(['title']).doNothing(), mariadbLike), {
      ...refused,
      message: /onConflict\(title\).*"page"/,
    })
  })

  // session 7.7
  it('cannot return only the inserted ones where the existing ones come along', () => {
    const returned = [{ kind: 'entity', source: Source.of(Page) }] as const
    assert.throws(() => text(bySlug().doNothing().returning(returned), mariadbLike), {
      ...refused,
      message: /insertOrGet/,
    })
    assert.match(text(bySlug().doUpdate().returning(returned), mariadbLike), /returning/)
    assert.match(text(bySlug().doNothing().returning(returned), postgresLike), /returning/)
  })

  it('is refused where the database has nothing of the kind', () => {
    const neither: SqlDialect = {
      ...questionMarks,
      supports: { ...questionMarks.supports, conflictTarget: false },
    }
    assert.throws(() => text(bySlug().doNothing(), neither), { ...refused, message: /savepoint/ })
  })
})
