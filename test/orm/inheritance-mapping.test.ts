import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  Model,
  belongsTo,
  discriminator,
  hasMany,
  id,
  index,
  int,
  json,
  manyToMany,
  oneOf,
  text,
  varchar,
  version,
} from 'athanor'
import { createRegistry } from '../../src/orm/index.ts'
import { map } from './fixtures.ts'
import { failure } from './support.ts'

const base = () =>
  class User extends Model(
    { id: id(), kind: discriminator(), name: text() },
    { discriminator: 'user' },
  ) {}

const single = { inherit: 'single' } as const
const joined = { inherit: 'joined' } as const
const tablesOf = (models: object): string[] => [...map(models).metadata.tables.keys()]

/** What becomes of models in a Database, with their mappers. */
function registryOf(models: Readonly<Record<string, unknown>>) {
  const { dialect } = map({}).engine
  return createRegistry(models, { engineKeys: ['default'], dialectOf: () => dialect })
}

describe('models that inherit', () => {
  // web 46
  // settled A20
  it('have no table and no name of their own with inherit: "single"', () => {
    const User = base()
    class Admin extends User.extend({ level: int() }, { ...single, discriminator: 'admin' }) {}
    class Owner extends Admin.extend({ share: int() }, { ...single, discriminator: 'owner' }) {}
    const registry = registryOf({ Owner, Admin, User })
    const [metadata] = registry.metadatas.values()
    assert.deepEqual([...(metadata?.tables.keys() ?? [])], ['user'], 'in whatever order they come')
    assert.equal(Admin.$name, '')
    assert.equal(registry.mapperOf(Admin).table, registry.mapperOf(User).table)
    assert.equal(registry.mapperOf(Owner).table, registry.mapperOf(User).table)
  })

  // web 47
  it('have a table with a name of their own without inherit, the key from a mixin or not', () => {
    const key = { id: id() }
    class Note extends Model({ ...key, body: text() }, { table: 'NOTES' }) {}
    class Draft extends Note.extend({ due: text().nullable() }) {}
    abstract class Plain extends Model({ body: text() }) {}
    class Letter extends Plain.extend({ ...key }) {}
    assert.deepEqual(tablesOf({ Note, Draft, Letter }), ['NOTES', 'draft', 'letter'])
  })

  // web 47
  // settled A20
  it('have a second table of a name of their own with inherit: "joined", for what they add', () => {
    const User = base()
    class Admin extends User.extend(
      { level: int(), code: varchar(9).unique() },
      { ...joined, discriminator: 'admin', indexes: (c) => [index(c.code, c.level)] },
    ) {}
    class Owner extends Admin.extend({ share: int() }, { ...joined, discriminator: 'owner' }) {}
    class Guest extends Admin.extend({ until: text() }, { ...single, discriminator: 'guest' }) {}
    const { tables } = map({ Guest, Owner, Admin, User }).metadata
    const columns = [...tables.values()].map(
      (table) =>
        `${table.name}: ${table.columns.map(({ name, nullable }) => name + (nullable ? '?' : '')).join(' ')}`,
    )
    assert.deepEqual(columns, [
      'user: id kind name',
      'admin: id level code until?',
      'owner: id share',
    ])
    assert.deepEqual(
      [...tables.values()].flatMap(({ foreignKeys }) =>
        foreignKeys.map(({ name, onDelete }) => `${name} ${onDelete}`),
      ),
      ['fk_admin_id_user cascade', 'fk_owner_id_admin cascade'],
    )
    assert.deepEqual(
      tables.get('admin')?.indexes.map(({ name }) => name),
      ['uq_admin_code', 'ix_admin_code_level'],
    )
    assert.equal(tables.get('admin')?.primaryKey[0]?.autoIncrement, false)
    const foreign = { ...joined, discriminator: 'x', indexes: () => [index(User.c.name)] }
    class Wrong extends User.extend({ level: int() }, foreign) {}
    assert.throws(() => map({ User, Wrong }), { code: 'MAPPING', message: /"wrong" names "name"/ })
  })

  it('add their columns to the table, which allow null there, with indexes and foreign keys', () => {
    const User = base()
    class Admin extends User.extend(
      {
        code: varchar(9).unique(),
        bossId: int(),
        boss: () => belongsTo(User),
        mates: () => hasMany(User),
      },
      { ...single, discriminator: 'admin', indexes: (c) => [index(c.name, c.code)] },
    ) {}
    const withBack = { ...single, discriminator: 'other' } as const
    class Other extends User.extend({ code: varchar(9) }, withBack) {}
    assert.throws(() => map({ User, Admin }), { code: 'MAPPING', message: /hasMany\(User/ })
    class Fine extends User.extend(
      { code: varchar(9).unique(), bossId: int(), boss: () => belongsTo(User) },
      { ...single, discriminator: 'fine', indexes: (c) => [index(c.name, c.code)] },
    ) {}
    const table = map({ User, Fine, Other }).metadata.tables.get('user')
    assert.deepEqual(
      table?.columns.map(({ name, nullable }) => `${name}${nullable ? '?' : ''}`),
      ['id', 'kind', 'name', 'code?', 'boss_id?'],
      'models beside each other may have a column in common',
    )
    assert.deepEqual(
      table?.indexes.map(({ name }) => name),
      ['uq_user_code', 'ix_user_name_code'],
    )
    assert.deepEqual(
      table?.foreignKeys.map(({ name }) => name),
      ['fk_user_boss_id_user'],
    )
  })

  it('are on the engine of their base', () => {
    class Entry extends Model({ id: id(), kind: discriminator() }, { bind: 'audit' }) {}
    class Login extends Entry.extend({ ip: text() }, { ...single, discriminator: 1 as never }) {}
    class Logout extends Entry.extend({}, { ...single, bind: 'audit', discriminator: 'out' }) {}
    const audit = { engines: { audit: 'sqlite::memory:' } }
    assert.deepEqual(
      [...(map({ Entry, Logout }, audit).metadatas.get('audit')?.tables.keys() ?? [])],
      ['entry'],
    )
    assert.throws(() => map({ Entry, Login }, audit), {
      code: 'MAPPING',
      message: /Entry\.kind does not take its discriminator; it takes a string/,
    })
  })

  it('may be told apart by words of a list, or by numbers', () => {
    class Shape extends Model({ id: id(), kind: discriminator(oneOf('circle', 'square')) }) {}
    class Circle extends Shape.extend({ r: int() }, { ...single, discriminator: 'circle' }) {}
    class Star extends Shape.extend({ n: int() }, { ...single, discriminator: 'star' }) {}
    assert.deepEqual(tablesOf({ Shape, Circle }), ['shape'])
    assert.throws(() => map({ Shape, Star }), { code: 'MAPPING', message: /map Star/ })
    class Event extends Model({ id: id(), kind: discriminator(int()) }, { discriminator: 0 }) {}
    class Click extends Event.extend({}, { ...single, discriminator: 1 }) {}
    assert.deepEqual(tablesOf({ Event, Click }), ['event'])
    for (const column of [json(), text().nullable(), version(), id()])
      assert.throws(() => discriminator(column as never), { code: 'MAPPING' })
  })

  it('are refused with a code where the kind of inheritance does not exist', async () => {
    await failure('UNSUPPORTED_INHERITANCE', ['Cannot extend User', "'concrete'", "'single'"], () =>
      base().extend({ level: int() }, { inherit: 'concrete' as 'single' }),
    )
  })

  it('are refused where they do not fit their base', () => {
    const User = base()
    const Bare = class Bare extends Model({ id: id() }) {}
    class Counted extends Model({ id: id(), kind: discriminator(), rev: version() }) {}
    const refused: readonly [() => unknown, RegExp][] = [
      [() => Bare.extend({}, single), /extend Bare .*discriminator\(\)/],
      [() => User.extend({}, { ...single, table: 'x' }), /a table has one name/],
      [() => User.extend({}, { ...single, bind: 'other' }), /a row is on one engine/],
      [() => User.extend({ name: text() }, single), /has "name" already/],
      [() => User.extend({ no: int().primaryKey() }, single), /"no" cannot be part/],
      [() => User.extend({ no: int().primaryKey() }, joined), /"no" cannot be part/],
      [() => Bare.extend({}, joined), /extend Bare .*'joined'.*discriminator\(\)/],
      [() => Counted.extend({ n: version() }, joined), /"rev" counts its versions already/],
      [() => User.extend({}, { ...joined, bind: 'other' }), /a row is on one engine/],
      [() => User.extend({ type: discriminator() }, single), /"kind" says already/],
      [() => Model({ id: id() }, { discriminator: 'x' }), /Cannot give a model a discriminator/],
    ]
    for (const [extend, message] of refused)
      assert.throws(extend, { code: 'MAPPING', message }, String(message))
  })

  it('are refused where the models of a Database do not fit each other', () => {
    const User = base()
    class Admin extends User.extend({ level: int() }, { ...single, discriminator: 'admin' }) {}
    class Twin extends User.extend({}, { ...single, discriminator: 'admin' }) {}
    class Guest extends User.extend({ level: text() }, { ...single, discriminator: 'guest' }) {}
    class Tie extends Model({
      postId: int().primaryKey(),
      tagId: int().primaryKey(),
      kind: discriminator(),
      tag: () => belongsTo(Tag),
    }) {}
    class Own extends Tie.extend({}, { ...single, discriminator: 'own' }) {}
    class Tag extends Model({ id: id() }) {}
    class Post extends Model({ id: id(), tags: () => manyToMany(Tag, { through: () => Own }) }) {}
    class Page extends Model({ id: id(), tags: () => manyToMany(Tag, { through: () => Tie }) }) {}
    const refused: readonly [object, RegExp][] = [
      [{ Admin }, /map Admin: it inherits from User, .*Add it/],
      [{ User, Admin, Twin }, /map Twin: Admin has the same discriminator/],
      [{ User, Admin, Guest }, /map Guest: .*another column "level"/],
      [{ Tie, Own, Tag, Post }, /map Post\.tags: Own shares its table/],
      [{ Tie, Tag, Page }, /map Page\.tags: Tie shares its table/],
    ]
    for (const [models, message] of refused)
      assert.throws(() => map(models), { code: 'MAPPING', message })
  })

  it('are not made of a model that has no discriminator, nor with that of another', async () => {
    const User = base()
    class Page extends Model({ id: id(), kind: discriminator() }) {}
    class Admin extends User.extend({}, { ...single, discriminator: 'admin' }) {}
    await failure('ARGUMENT', ['Cannot make a Page', 'no discriminator'], () => new Page({}))
    await failure('ARGUMENT', ['Cannot make a Admin with another "kind"'], () => {
      return new Admin({ name: 'x', kind: 'user' } as never)
    })
    assert.equal(new Admin({ name: 'x', kind: 'admin' } as never).kind, 'admin')
  })
})
