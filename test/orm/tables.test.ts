import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  Model,
  belongsTo,
  bigint,
  check,
  hasMany,
  hasOne,
  id,
  index,
  int,
  text,
  varchar,
} from 'athanor'
import { blog } from '../support/blog.ts'
import { map } from './fixtures.ts'

class User extends Model({ id: id(), name: text() }) {}

describe('tables of models', () => {
  // settled M14
  it('have names for all constraints and indexes', () => {
    class Post extends Model(
      {
        id: id(),
        slug: varchar(80).unique(),
        authorId: int().index(),
        title: text(),
        author: () => belongsTo(User),
      },
      {
        indexes: (c) => [index(c.title, c.slug).unique(), index(c.title).named('by_title')],
        checks: (c) => [check(c.title.ne('')), check(c.slug.ne('')).named('has_slug')],
      },
    ) {}
    const table = map({ User, Post }).metadata.tables.get('post')
    assert.deepEqual(
      table?.indexes.map(({ name }) => name),
      ['uq_post_slug', 'ix_post_author_id', 'uq_post_title_slug', 'by_title'],
    )
    assert.deepEqual(
      table?.foreignKeys.map(({ name }) => name),
      ['fk_post_author_id_user'],
    )
    assert.deepEqual(
      table?.checks.map(({ name }) => name),
      ['ck_post_1', 'ck_post_has_slug'],
    )
  })

  // settled H16
  it('have the primary key columns first', () => {
    class Post extends Model({ title: text(), id: id() }) {}
    assert.deepEqual(
      map({ Post })
        .metadata.tables.get('post')
        ?.columns.map(({ name }) => name),
      ['id', 'title'],
    )
  })

  // settled M7
  it('have foreign keys of several columns, in the order of the target’s key', () => {
    class Line extends Model({ orderId: int().primaryKey(), lineNo: int().primaryKey() }) {}
    class Parcel extends Model({
      id: id(),
      ofLine: int(),
      ofOrder: int(),
      line: () => belongsTo(Line, { via: ['ofOrder', 'ofLine'] }),
    }) {}
    const [key] = map({ Line, Parcel }).metadata.tables.get('parcel')?.foreignKeys ?? []
    assert.deepEqual(
      [key?.columns.map(({ name }) => name), key?.targetColumns.map(({ name }) => name)],
      [
        ['of_order', 'of_line'],
        ['order_id', 'line_no'],
      ],
    )
  })

  // web 55
  it('live on the engine of their model, or of the model it extends', () => {
    class Audit extends Model({ id: id() }, { bind: 'audit' }) {}
    class Login extends Audit.extend({ at: bigint() }) {}
    class Local extends Audit.extend({ at: bigint() }, { bind: 'default' }) {}
    const { metadatas } = map({ Audit, Login, Local }, { engines: { audit: 'sqlite::memory:' } })
    assert.deepEqual([...(metadatas.get('audit')?.tables.keys() ?? [])], ['audit', 'login'])
    assert.deepEqual([...(metadatas.get('default')?.tables.keys() ?? [])], ['local'])
  })

  // web 55
  it('may have one name on two engines', () => {
    class One extends Model({ id: id() }, { table: 'things' }) {}
    class Two extends Model({ id: id() }, { table: 'things', bind: 'audit' }) {}
    const { metadatas } = map({ One, Two }, { engines: { audit: 'sqlite::memory:' } })
    assert.deepEqual(
      [...metadatas.values()].map(({ tables }) => [...tables.keys()]),
      [['things'], ['things']],
    )
  })

  it('are those of two Databases when two use the same models', () => {
    const [one, two] = [map(blog), map(blog)]
    assert.notEqual(one.metadata.tables.get('post'), two.metadata.tables.get('post'))
    assert.deepEqual([...one.metadata.tables.keys()], [...two.metadata.tables.keys()])
  })

  it('do not depend on the order in which models of an import circle are made', () => {
    class Early extends Model({
      id: id(),
      lateId: int(),
      late: () => belongsTo(Late),
      one: () => hasOne(Late),
    }) {}
    class Late extends Model({
      id: id(),
      earlyId: int(),
      early: () => belongsTo(Early),
      many: () => hasMany(Early),
    }) {}
    for (const models of [
      { Early, Late },
      { Late, Early },
    ])
      assert.equal(map(models).metadata.tables.size, 2)
  })
})
