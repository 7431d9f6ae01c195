import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  belongsTo,
  count,
  discriminator,
  hasMany,
  id,
  int,
  manyToMany,
  Model,
  Table,
  varchar,
  type Database,
} from 'athanor'
import { columnTypes } from '../../src/schema/index.ts'
import { blog, Tag, User } from '../support/blog.ts'
import { databases, type DatabaseKind } from '../support/databases.ts'
import { failure } from './support.ts'

/** Whatever extends it lives on the second engine. */
abstract class Audited extends Model({ id: id(), text: varchar(80) }, { bind: 'audit' }) {}
class Entry extends Audited.extend({
  lines: () => hasMany(Line, 'entry'),
  labels: () => manyToMany(Label, { through: 'entry_labels' }),
}) {}
class Line extends Audited.extend({ entryId: int(), entry: () => belongsTo(Entry) }) {}
class Label extends Audited.extend({ entries: () => manyToMany(Entry, { inverse: 'labels' }) }) {}
/** Has the name of a table of the first engine. */
class AuditUser extends Audited.extend({}, { table: 'user' }) {}

/** Says nothing of an engine: that of its base is its own. */
class Event extends Audited.extend({ kind: discriminator() }, { discriminator: 'event' }) {}
class Login extends Event.extend(
  { address: varchar(40) },
  { inherit: 'joined', discriminator: 'login' },
) {}

const models = { ...blog, Entry, Line, Label, AuditUser, Event, Login }

/** A Database of two engines, both of this kind, and what each is sent. */
async function open(t: TestContext, database: DatabaseKind) {
  const second = await database.lend()
  const opened = await database.open(t, models, { engines: { audit: second.url } })
  t.after(() => second.release()) // hooks run in the order of their making: the engines are closed by then
  const engines: string[] = []
  for (const engine of opened.db.engines.values())
    engine.events.on('statement', ({ kind, engineKey }) => {
      if (!['begin', 'commit', 'rollback', 'other'].includes(kind)) engines.push(engineKey)
    })
  const s = opened.session()
  return { ...opened, s, engines: () => engines.splice(0) }
}

async function withEntry(t: TestContext, database: DatabaseKind) {
  const opened = await open(t, database)
  const { s } = opened
  const entry = s.add(new Entry({ text: 'one', lines: [new Line({ text: 'line' })] }))
  s.add(new User({ name: 'ada' }))
  await s.commit()
  opened.engines()
  return { ...opened, entry }
}

for (const database of databases()) {
  describe(`a Database of two engines on ${database.name}`, () => {
    // web 28
    // web 29
    it('sends every statement to the engine of the tables that it mentions', async (t) => {
      const { s, entry, engines } = await withEntry(t, database)
      assert.equal(await s.select(Entry).count(), 1)
      assert.deepEqual(await s.select(Entry.c.text).all(), ['one'])
      assert.deepEqual(await s.select({ n: count() }).from(Line).all(), [{ n: 1 }])
      assert.equal(await s.select(Line).where(Line.c.entry.c.text.eq('one')).exists(), true)
      assert.equal(
        (await s.select(Line).with('entry').orderBy(Line.c.id).paginate({ perPage: 1 })).total,
        1,
      )
      assert.equal((await s.select(Entry).paginateKeyset()).items.length, 1)
      assert.equal((await entry.lines.load()).length, 1)
      await s.insert(Line).values({ text: 'two', entryId: entry.id })
      await s.update(Entry).set({ text: 'changed' }).where({ id: entry.id })
      await s.deleteFrom(Line).where({ text: 'two' })
      assert.deepEqual((await s.sql`select text from ${Entry}`.all())[0], { text: 'changed' })
      for await (const each of s.select(Entry).stream()) assert.equal(each.text, 'changed')
      assert.deepEqual([...new Set(engines())], ['audit'])
      await s.select(User).all()
      await s.sql`select name from ${User}`.all()
      assert.deepEqual(engines(), ['default', 'default'])
      await s.commit()
    })

    // web 29
    it('sends Kysely’s queries there too, each in the words of its engine', async (t) => {
      const { db, s, entry, engines } = await withEntry(t, database)
      const { kysely } = s
      const rows = await kysely.selectFrom('entry').select(['id', 'text']).execute()
      assert.deepEqual(rows, [{ id: entry.id, text: 'one' }])
      const lines = kysely
        .selectFrom('line as l')
        .innerJoin('entry as e', 'e.id', 'l.entry_id')
        .select(({ fn }) => fn.countAll().as('n'))
      assert.equal(Number((await lines.executeTakeFirst())?.['n']), 1)
      const within = kysely
        .with('tag', (builder) => builder.selectFrom('entry').select('text'))
        .selectFrom('tag')
        .selectAll()
      assert.deepEqual(await within.execute(), [{ text: 'one' }], 'a name of WITH is no table')
      await kysely.updateTable('entry').set({ text: 'two' }).where('id', '=', entry.id).execute()
      assert.deepEqual([...new Set(engines())], ['audit'])
      const users = await kysely.selectFrom('user').select('name').execute()
      assert.deepEqual(users, [{ name: 'ada' }], 'of two tables of one name the default engine’s')
      assert.deepEqual(engines(), ['default'])
      await s.commit()
      assert.equal((await db.createSession().getOne(Entry, entry.id)).text, 'two')
    })

    // web 30
    it('refuses a statement of two engines before it is sent, and names both tables', async (t) => {
      const { s, engines } = await withEntry(t, database)
      const both = ['"entry"', '"tag"']
      const crossing: readonly (() => PromiseLike<unknown>)[] = [
        () =>
          s
            .select(Tag)
            .where(Tag.c.id.in(s.select(Entry.c.id)))
            .all(),
        () => s.deleteFrom(Tag).where(Tag.c.id.in(s.select(Entry.c.id))),
        () =>
          s
            .update(Tag)
            .set({ name: 'x' })
            .where(Tag.c.id.in(s.select(Entry.c.id))),
        () => s.sql`select * from ${Tag} where id in (select id from ${Entry})`.all(),
        () => s.kysely.selectFrom(['tag', 'entry']).select('tag.name').execute(),
      ]
      for (const cross of crossing) await failure('CROSS_ENGINE_STATEMENT', both, cross)
      await failure('ARGUMENT', ['not from Entry'], () =>
        s.select({ tag: Tag, entry: Entry }).all(),
      )
      assert.deepEqual(engines(), [])
    })

    // web 28
    it('keeps both tables of a model that inherits on the engine of its base', async (t) => {
      const { s, engines } = await withEntry(t, database)
      const login = s.add(new Login({ text: 'in', address: '::1' }))
      await s.commit()
      assert.equal(await s.update(Login).set({ address: '::2' }).where({ text: 'in' }), 1)
      await s.sql`update ${Login} set address = ${'::3'}`
      await s.commit()
      assert.equal((await login.load()).address, '::3')
      assert.equal(await s.deleteFrom(Login).everyRow(), 1)
      assert.equal(await s.select(Event).count(), 0)
      await s.commit()
      assert.deepEqual([...new Set(engines())], ['audit'])
    })

    // web 28
    // web 30
    it('runs SQL of one’s own on the engine that it is told, before that of its tables', async (t) => {
      const { s, engines } = await withEntry(t, database)
      const [row] = await s.sql({ engine: 'audit' })`select count(*) as n from line`.all()
      assert.equal(Number(row?.['n']), 1)
      await s.sql({ engine: 'default' })`select ${1} as one`.all()
      await s.sql({ engine: 'audit' })`select text from ${AuditUser}`.all()
      await s.sql({ engine: 'audit' })`select id from ${User}`.all()
      assert.deepEqual(engines(), ['audit', 'default', 'audit', 'audit'])
    })

    // web 31
    it('names an engine that is not configured, and those that are', async (t) => {
      const { s, db, engines } = await withEntry(t, database)
      const names = ['"nowhere"', '"default", "audit"']
      await failure('UNKNOWN_ENGINE', names, () => s.sql({ engine: 'nowhere' })`select 1`.all())
      await failure('UNKNOWN_ENGINE', names, () => db.createAll('nowhere'))
      await failure('UNKNOWN_ENGINE', names, () => db.reflect(['audit', 'nowhere']))
      assert.deepEqual(engines(), [])
    })

    // web 55
    // web 56
    it('has one set of tables for each engine, named by one convention', async (t) => {
      const { db } = await open(t, database)
      assert.equal(db.metadata, db.metadatas.get('default'))
      const namesOf = (key: string) => [...(db.metadatas.get(key)?.tables.keys() ?? [])].toSorted()
      assert.deepEqual(namesOf('audit'), [
        'entry',
        'entry_labels',
        'event',
        'label',
        'line',
        'login',
        'user',
      ])
      assert.ok(namesOf('default').includes('user'))
      const [line, post] = [
        db.metadatas.get('audit')?.tables.get('line'),
        db.metadata.tables.get('post'),
      ]
      assert.deepEqual(
        [line?.foreignKeys[0]?.name, post?.foreignKeys[0]?.name],
        ['fk_line_entry_id_entry', 'fk_post_author_id_user'],
      )
      await using s = db.createSession()
      s.add(new AuditUser({ text: 'of the second' }))
      s.add(new User({ name: 'of the first' }))
      await s.commit()
      assert.deepEqual(await s.select(AuditUser.c.text).all(), ['of the second'])
      assert.deepEqual(await s.select(User.c.name).all(), ['of the first'])
    })

    // web 57
    it('takes tables without a model, which say their engine themselves', async (t) => {
      const { db, s, engines } = await open(t, database)
      const counters = new Table('counters', 'audit')
      counters.addColumn({ ...PLAIN, name: 'id', property: 'id', primaryKey: true })
      counters.addColumn({ ...PLAIN, name: 'hits', property: 'hits' })
      db.metadatas.get(counters.engineKey)?.add(counters)
      await db.createAll()
      await db.createAll('audit')
      engines()
      const { kysely } = s
      await kysely.insertInto('counters').values({ id: 1, hits: 7 }).execute()
      await s.commit()
      assert.deepEqual(await kysely.selectFrom('counters').selectAll().execute(), [
        { id: 1, hits: 7 },
      ])
      assert.deepEqual(engines(), ['audit', 'audit'])
    })

    // web 94
    it('creates, drops and reflects by key', async (t) => {
      const { db } = await open(t, database)
      await db.dropAll('audit')
      const there = await tableNames(db)
      assert.ok(there.get('default')?.includes('user'))
      assert.deepEqual(there.get('audit'), [])
      await db.createAll(['audit'])
      assert.deepEqual((await tableNames(db)).get('audit'), [
        'entry',
        'entry_labels',
        'event',
        'label',
        'line',
        'login',
        'user',
      ])
      const s = db.createSession()
      await s.sql({ engine: 'audit' })`create table legacy (id integer primary key)`
      await s.commit()
      await s.close()
      await db.reflect('default')
      assert.equal(db.metadatas.get('audit')?.tables.has('legacy'), false)
      await db.reflect('audit')
      assert.deepEqual(
        [db.metadatas.get('audit')?.tables.has('legacy'), db.metadata.tables.has('legacy')],
        [true, false],
      )
    })
  })
}

const PLAIN = {
  type: columnTypes.int,
  nullable: false,
  primaryKey: false,
  autoIncrement: false,
  serverDefault: undefined,
  computed: undefined,
}

async function tableNames(db: Database): Promise<Map<string, readonly string[]>> {
  const names = new Map<string, readonly string[]>()
  for (const [key, engine] of db.engines) {
    const connection = await engine.connect()
    names.set(key, [...(await engine.dialect.tableNames(connection))].toSorted())
    engine.release(connection)
  }
  return names
}
