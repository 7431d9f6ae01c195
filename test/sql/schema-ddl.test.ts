import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  columnTypes,
  decimalType,
  Table,
  varcharType,
  type Column,
  type ColumnType,
} from '../../src/schema/index.ts'
import {
  blockingKeys,
  ColumnExpression,
  createTablesSql,
  createTableSql,
  dropForeignKeySql,
  Source,
} from '../../src/sql/index.ts'
import { mariadbLike, postgresLike, questionMarks, Tag } from './support.ts'

const plain = {
  nullable: false,
  primaryKey: false,
  autoIncrement: false,
  serverDefault: undefined,
  computed: undefined,
}

function makeTable(name: string, key: ColumnType = columnTypes.int): Table {
  const table = new Table(name, 'default')
  table.addColumn({ ...plain, name: 'id', property: 'id', type: key, primaryKey: true })
  return table
}

/** A column of `owner` that refers to the key of `target`. */
function refer(owner: Table, target: Table, type: ColumnType = columnTypes.int): Column {
  const name = `${target.name}_id`
  const column = owner.addColumn({ ...plain, name, property: name, type, nullable: true })
  owner.foreignKeys.push({
    name: `fk_${owner.name}_${name}_${target.name}`,
    columns: [column],
    target,
    targetColumns: target.primaryKey,
  })
  return column
}

const firstLines = (statements: readonly string[]): string[] =>
  statements.map((sql) => sql.replace(/ \([^]*$/, ''))

describe('Tables that refer to one another in a circle', () => {
  const [team, player] = [makeTable('team'), makeTable('player')]
  refer(team, player)
  refer(player, team)
  refer(player, player)

  // web 94
  it('get the keys that close it when all exist, where a key cannot name what does not', () => {
    const statements = createTablesSql([player, team], postgresLike, new Set())
    assert.deepEqual(firstLines(statements), [
      'create table "player"',
      'create table "team"',
      'alter table "player" add constraint "fk_player_team_id_team" foreign key',
    ])
    assert.match(statements[0] ?? '', /constraint "fk_player_player_id_player"/)
    assert.doesNotMatch(statements[0] ?? '', /references "team"/)
    assert.match(statements[1] ?? '', /constraint "fk_team_player_id_player"/)
  })

  it('have all keys at once where a key may name what does not exist yet', () => {
    const statements = createTablesSql([player, team], questionMarks, new Set())
    assert.deepEqual(firstLines(statements), ['create table "player"', 'create table "team"'])
    assert.match(statements[0] ?? '', /references "team"/)
  })

  // web 94
  it('are passed over where they exist, and may be referred to at once', () => {
    const statements = createTablesSql([player, team], postgresLike, new Set(['team']))
    assert.deepEqual(firstLines(statements), ['create table "player"'])
    assert.match(statements[0] ?? '', /references "team"/)
    assert.deepEqual(createTablesSql([player, team], postgresLike, new Set(['team', 'player'])), [])
  })

  it('are dropped after the keys that refer to a table which goes earlier', () => {
    const blocking = blockingKeys([team, player])
    assert.deepEqual(
      blocking.map((key) => dropForeignKeySql(key, mariadbLike)),
      ['alter table `player` drop constraint `fk_player_team_id_team`'],
    )
    assert.deepEqual(blockingKeys([makeTable('a'), makeTable('b')]), [])
  })
})

describe('A foreign key column', () => {
  // settled H29
  it('is stored as what it refers to, through any number of keys', () => {
    const code = makeTable('code', varcharType(20))
    const country = new Table('country', 'default')
    const key = refer(country, code, varcharType(40))
    const city = new Table('city', 'default')
    const column = city.addColumn({ ...plain, name: 'c', property: 'c', type: columnTypes.text })
    city.foreignKeys.push({ name: 'fk', columns: [column], target: country, targetColumns: [key] })
    assert.match(createTableSql(country, mariadbLike)[0] ?? '', /`code_id` varchar\(20\)/)
    assert.match(createTableSql(city, mariadbLike)[0] ?? '', /`c` varchar\(20\)/)
  })

  it('of a circle of columns keeps a type', () => {
    const tree = makeTable('tree', decimalType(10))
    const [id] = tree.primaryKey as [Column]
    tree.foreignKeys.push({ name: 'fk', columns: [id], target: tree, targetColumns: [id] })
    assert.match(createTableSql(tree, postgresLike)[0] ?? '', /"id" decimal/)
  })
})

describe('A table', () => {
  // settled M13
  it('is refused when a key or an index needs a column that the database cannot index', () => {
    const indexed = makeTable('page')
    const body = { ...plain, name: 'body_text', property: 'body', type: columnTypes.text }
    indexed.indexes.push({ name: 'ix', columns: [indexed.addColumn(body)], unique: false })
    const unique = makeTable('page')
    unique.indexes.push({ name: 'uq', columns: [unique.addColumn(body)], unique: true })
    for (const table of [indexed, unique, makeTable('page', columnTypes.text)]) {
      assert.throws(() => createTablesSql([table], mariadbLike, new Set()), {
        name: 'MappingError',
        code: 'MAPPING',
        message: /"page".*(?:body|id).*varchar/,
      })
      assert.equal(createTablesSql([table], postgresLike, new Set())[0]?.startsWith('create'), true)
    }
    const free = makeTable('page')
    free.addColumn(body)
    assert.match(createTableSql(free, mariadbLike)[0] ?? '', /`body_text` text not null/)
  })

  // settled M14
  it('is refused when the database would cut a name', () => {
    const long = 'ü'.repeat(32)
    const table = makeTable('page')
    const column = table.addColumn({ ...plain, name: 'a', property: 'a', type: columnTypes.int })
    table.indexes.push({ name: long, columns: [column], unique: false })
    assert.throws(() => createTableSql(table, postgresLike), {
      name: 'MappingError',
      message: /64 bytes, and this database keeps 63/,
    })
    assert.equal(createTableSql(table, mariadbLike).length, 2)
    assert.throws(() => createTableSql(makeTable('x'.repeat(64)), postgresLike), {
      name: 'MappingError',
    })
  })

  it('has what the database wants behind its columns, and no NOT NULL where that is refused', () => {
    const table = makeTable('page')
    const computed = { ...plain, name: 'n', property: 'n', type: columnTypes.int, computed: '1' }
    table.addColumn(computed)
    const [mariadb = ''] = createTableSql(table, mariadbLike)
    assert.match(mariadb, /\) engine=InnoDB$/)
    assert.match(mariadb, /`n` int generated always as \(1\) stored,/)
    assert.match(createTableSql(table, postgresLike)[0] ?? '', /stored not null,[^]*\)$/)
  })

  it('has literals in its checks as the database reads them', () => {
    const table = makeTable('page')
    const type = columnTypes.text
    table.addColumn({ ...plain, name: 'path', property: 'path', type })
    const path = new ColumnExpression(Source.of(Tag), 'path', type)
    table.checks.push({ name: 'ck', condition: path.ne("a\\'b") })
    assert.match(createTableSql(table, mariadbLike)[0] ?? '', /`path` <> 'a\\\\''b'/)
    assert.match(createTableSql(table, postgresLike)[0] ?? '', /"path" <> 'a\\''b'/)
  })
})
