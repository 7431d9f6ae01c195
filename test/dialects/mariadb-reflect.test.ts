import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { MetaData, type Column, type ColumnType, type Table } from '../../src/schema/index.ts'
import { MariaDb, needs } from '../servers/index.ts'
import { SCHEMES, openEngine, take, type Scheme } from './mariadb-support.ts'

const SCHEMA = [
  `create table author (
    id bigint not null auto_increment primary key,
    email varchar(80) not null,
    is_admin tinyint(1) not null default 0,
    joined datetime(3) not null default current_timestamp(3),
    settings json,
    role enum('admin', 'o''brien') not null default 'admin',
    price decimal(10, 2), ratio double, small_number smallint, born date, wakes time(6),
    token char(36) character set ascii, portrait longblob, bio longtext, year_of year,
    upper_email varchar(80) generated always as (upper(email)) stored,
    unique key uq_author_email (email)
  ) engine=InnoDB`,
  `create table link (
    place int not null,
    post_id bigint not null,
    author_id bigint not null,
    note varchar(10) default 'it''s',
    primary key (author_id, post_id),
    key ix_link_place_note (place, note),
    constraint fk_link_author foreign key (author_id) references author (id) on delete cascade on update restrict
  ) engine=InnoDB`,
  'create view readers as select id from author',
]

async function reflected(t: TestContext, scheme: Scheme): Promise<readonly [Table, Table]> {
  const engine = await openEngine(t, { scheme })
  const connection = await take(t, engine)
  for (const sql of SCHEMA) await connection.execute({ sql, parameters: [] })
  assert.deepEqual(await engine.dialect.tableNames(connection), ['author', 'link'])
  const metadata = new MetaData('default')
  const [author, link, ...more] = await engine.dialect.reflect(connection, metadata)
  assert.ok(author !== undefined && link !== undefined && more.length === 0)
  assert.deepEqual([...metadata.tables.values()], [author, link])
  return [author, link]
}

for (const scheme of SCHEMES) {
  describe(`reflection of ${scheme}`, needs(MariaDb), () => {
    it('finds tables with their columns, and no views', async (t) => {
      const [author] = await reflected(t, scheme)
      assert.deepEqual(
        author.columns.map(({ name, type, nullable }) => [name, type.kind, nullable]),
        [
          ['id', 'bigint', false],
          ['email', 'varchar', false],
          ['is_admin', 'boolean', false],
          ['joined', 'timestamp', false],
          ['settings', 'json', true],
          ['role', 'oneOf', false],
          ['price', 'decimal', true],
          ['ratio', 'float', true],
          ['small_number', 'int', true],
          ['born', 'date', true],
          ['wakes', 'time', true],
          ['token', 'uuid', true],
          ['portrait', 'bytes', true],
          ['bio', 'text', true],
          ['year_of', 'int', true],
          ['upper_email', 'varchar', true],
        ],
      )
    })

    it('finds lengths, words, defaults and what is computed', async (t) => {
      const [author] = await reflected(t, scheme)
      const column = (name: string): Partial<Column> => author.column(name) ?? {}
      const typeOf = (name: string): Partial<ColumnType> => column(name).type ?? {}
      assert.deepEqual([column('id').autoIncrement, column('id').primaryKey], [true, true])
      assert.equal(typeOf('email').length, 80)
      assert.deepEqual(typeOf('role').values, ['admin', "o'brien"])
      assert.deepEqual([typeOf('price').precision, typeOf('price').scale], [10, 2])
      assert.match(column('joined').serverDefault ?? '', /current_timestamp/i)
      assert.equal(column('settings').serverDefault, undefined)
      assert.match(column('upper_email').computed ?? '', /email/)
      assert.equal(column('email').computed, undefined)
    })

    it('finds keys, indexes and foreign keys', async (t) => {
      const [author, link] = await reflected(t, scheme)
      assert.deepEqual(
        author.indexes.map(({ name, unique }) => [name, unique]),
        [['uq_author_email', true]],
      )
      assert.deepEqual(
        link.primaryKey.map(({ name }) => name),
        ['author_id', 'post_id'],
        'in the order of the key, and first',
      )
      assert.deepEqual(
        link.columns.map(({ name }) => name),
        ['author_id', 'post_id', 'place', 'note'],
      )
      const place = link.indexes.find(({ name }) => name === 'ix_link_place_note')
      assert.deepEqual(
        [place?.unique, place?.columns.map(({ name }) => name)],
        [false, ['place', 'note']],
      )
      const [key] = link.foreignKeys
      assert.deepEqual(
        [
          key?.name,
          key?.target,
          key?.columns[0]?.name,
          key?.targetColumns[0]?.name,
          key?.onDelete,
          key?.onUpdate,
        ],
        ['fk_link_author', author, 'author_id', 'id', 'cascade', 'restrict'],
      )
    })

    it('leaves tables alone that are known already, and asks as much for many tables as for one', async (t) => {
      const engine = await openEngine(t, { scheme })
      const connection = await take(t, engine)
      for (let i = 0; i < 20; i += 1)
        await connection.execute({ sql: `create table t${i} (id int primary key)`, parameters: [] })
      let sent = 0
      engine.events.on('statement', () => (sent += 1))
      const metadata = new MetaData('default')
      assert.equal((await engine.dialect.reflect(connection, metadata)).length, 20)
      assert.ok(sent <= 6, `${sent} statements`)
      assert.equal((await engine.dialect.reflect(connection, metadata)).length, 0)
    })
  })
}
