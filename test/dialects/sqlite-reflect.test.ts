import assert from 'node:assert/strict'
import { it } from 'node:test'
import { MetaData, Table } from '../../src/schema/index.ts'
import { openEngine, run } from '../engine/support.ts'

const SCHEMA = [
  'create table author (id integer primary key, name varchar(80) not null, balance numeric(10, 2) default 0, born date, at datetime)',
  `create table post (
    lang text, slug text, author_id int not null references author on delete cascade, parent_lang text, parent_slug text, views bigint default (1 + 1),
    data blob, odd, twice generated always as (views * 2), primary key (slug, lang), unique (author_id, lang),
    foreign key (parent_slug, parent_lang) references post (slug, lang) on delete set null on update cascade)`,
  'create index ix_post_views on post (views, lang)',
  'create index ix_partial on post (views) where views > 1',
  'create index ix_expression on post (lower(lang))',
  'create view v as select 1 as x',
  'create virtual table search using fts5(body)',
  'create table known (id integer primary key)',
]

it('reflects tables with columns, types, keys, indexes and foreign keys, and leaves declared ones alone', async (t) => {
  const engine = openEngine(t)
  for (const sql of SCHEMA) await run(engine, sql)
  const metadata = new MetaData('default')
  const known = new Table('known', 'default')
  metadata.add(known)
  const connection = await engine.connect({ intent: 'snapshot' })
  t.after(() => connection.close())
  const found = await engine.dialect.reflect(connection, metadata)
  assert.deepEqual(
    found.map(({ name }) => name),
    ['author', 'post', 'search'],
  )
  assert.equal(metadata.tables.get('known'), known)
  assert.equal(known.columns.length, 0)
  const [author, post] = found
  assert.ok(author !== undefined && post !== undefined)
  assert.equal(metadata.tables.get('post'), post)

  const columns = (table: Table): unknown[] =>
    table.columns.map(({ name, type, nullable, primaryKey, autoIncrement, serverDefault }) => [
      name,
      type.kind,
      nullable,
      primaryKey,
      autoIncrement,
      serverDefault,
    ])
  assert.deepEqual(columns(author), [
    ['id', 'int', false, true, true, undefined],
    ['name', 'varchar', false, false, false, undefined],
    ['balance', 'decimal', true, false, false, '0'],
    ['born', 'date', true, false, false, undefined],
    ['at', 'timestamp', true, false, false, undefined],
  ])
  assert.deepEqual(
    [
      author.column('name')?.type.length,
      author.column('balance')?.type.precision,
      author.column('balance')?.type.scale,
    ],
    [80, 10, 2],
  )
  assert.deepEqual(columns(post), [
    ['slug', 'text', false, true, false, undefined],
    ['lang', 'text', false, true, false, undefined],
    ['author_id', 'int', false, false, false, undefined],
    ['parent_lang', 'text', true, false, false, undefined],
    ['parent_slug', 'text', true, false, false, undefined],
    ['views', 'bigint', true, false, false, '1 + 1'],
    ['data', 'bytes', true, false, false, undefined],
    ['odd', 'bytes', true, false, false, undefined],
    ['twice', 'bytes', true, false, false, undefined],
  ])
  assert.deepEqual(
    [post.column('twice')?.computed, post.column('views')?.computed],
    ['', undefined],
  )
  assert.deepEqual(
    post.foreignKeys.map(({ columns: own, target, targetColumns, onDelete, onUpdate }) => [
      own.map(({ name }) => name),
      target.name,
      targetColumns.map(({ name }) => name),
      onDelete,
      onUpdate,
    ]),
    [
      [['parent_slug', 'parent_lang'], 'post', ['slug', 'lang'], 'set null', 'cascade'],
      [['author_id'], 'author', ['id'], 'cascade', 'no action'],
    ],
  )
  assert.deepEqual(
    new Map(
      post.indexes.map((index) => [index.columns.map(({ name }) => name).join(), index.unique]),
    ),
    new Map([
      ['author_id,lang', true],
      ['views,lang', false],
    ]),
  )
})

it('lists the tables of the database, without views and without what SQLite keeps for itself', async (t) => {
  const engine = openEngine(t)
  for (const sql of [
    'create table "sqlite like" (x)',
    'create table b (id integer primary key autoincrement)',
    'create view v as select 1 as x',
    'create virtual table search using fts5(body)',
  ])
    await run(engine, sql)
  const connection = await engine.connect({ intent: 'snapshot' })
  t.after(() => connection.close())
  assert.deepEqual(await engine.dialect.tableNames(connection), ['b', 'search', 'sqlite like'])
})
