import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { belongsTo, Database, hasMany, id, int, manyToMany, Model, varchar } from 'athanor'
import { databases } from '../support/databases.ts'
import { failure, targets } from './support.ts'

class Meter extends Model({
  id: id(),
  name: varchar(40),
  readings: () => hasMany(Reading, 'meter', { lazy: 'writeOnly', orderBy: 'id' }),
  groups: () => manyToMany(Group, { through: 'meter_groups', lazy: 'writeOnly' }),
}) {}
class Reading extends Model({
  id: id(),
  value: int(),
  note: varchar(20).nullable(),
  meterId: int(),
  meter: () => belongsTo(Meter, { onDelete: 'cascade' }),
}) {}
class Group extends Model({
  id: id(),
  name: varchar(40),
  meters: () => manyToMany(Meter, { inverse: 'groups' }),
}) {}
const models = { Meter, Reading, Group }

for (const database of databases()) {
  describe(`write-only collections on ${database.name}`, () => {
    // session 4.35
    it('take members in and out, and are queried, without ever being loaded', async (t) => {
      const { session, sent } = await database.open(t, models)
      const s = session()
      const meter = s.add(new Meter({ name: 'm', readings: [new Reading({ value: 1 })] }))
      meter.readings.add(new Reading({ value: 2 }), new Reading({ value: 3 }))
      meter.readings.addAll([4, 5].map((value) => new Reading({ value })))
      meter.groups.add(new Group({ name: 'g' }))
      await s.commit()
      const other = session()
      const stored = await other.getOne(Meter, 1)
      sent.clear()
      stored.readings.add(new Reading({ value: 6 }))
      const [first] = await stored.readings.select().where({ value: 1 }).all()
      assert.ok(first)
      other.delete(first)
      const group = await stored.groups.select().one()
      stored.groups.remove(group)
      assert.deepEqual([await stored.readings.count(), await stored.groups.count()], [5, 0])
      await other.commit()
      for (const { sql } of sent.events)
        assert.ok(!sql.startsWith('select') || / where /.test(sql), sql)
      const values = session().select(Reading.c.value).orderBy(Reading.c.value)
      assert.deepEqual(await values.all(), [2, 3, 4, 5, 6])
      assert.deepEqual(Object.keys(stored.toJSON()), ['id', 'name'])
    })

    // session 4.35
    it('refuse to be loaded, iterated or replaced on a stored object', async (t) => {
      const { session, sent } = await database.open(t, models)
      const s = session()
      const meter = new Meter({ name: 'm' })
      Object.assign(meter, { readings: [new Reading({ value: 1 })] })
      Object.assign(meter, { readings: [new Reading({ value: 2 })] })
      s.add(meter)
      await s.commit()
      assert.deepEqual(await s.select(Reading.c.value).all(), [2])
      sent.clear()
      const refused = [
        () => s.load(meter, 'readings'),
        () => meter.load('groups'),
        () => [...(meter.readings as unknown as Iterable<Reading>)],
        () => Object.assign(meter, { readings: [] }),
        () => s.select(Meter).with('readings').all(),
        () => s.select(Meter).join(Meter.c.readings).containsEager('readings').all(),
      ]
      for (const work of refused) await failure('LOAD_REFUSED', ['Meter.', '.select()'], work)
      assert.deepEqual(
        targets(sent).filter((target) => target.includes('reading')),
        [],
      )
    })

    // session 4.35
    it('are changed by statements that concern their members only', async (t) => {
      const { session, sent } = await database.open(t, models)
      const s = session()
      const [one, two] = [s.add(new Meter({ name: 'one' })), s.add(new Meter({ name: 'two' }))]
      await s.commit()
      assert.equal(await one.readings.insert([{ value: 1 }, { value: 2, note: 'x' }]), 2)
      await two.readings.insert({ value: 9 })
      assert.equal(await one.readings.update().set({ value: Reading.c.value.plus(10) }), 2)
      assert.equal(await one.readings.deleteFrom().where({ note: 'x' }), 1)
      await s.commit()
      const rows = session().select({ value: Reading.c.value, meter: Reading.c.meterId })
      assert.deepEqual(await rows.orderBy(Reading.c.id).all(), [
        { value: 11, meter: one.id },
        { value: 9, meter: two.id },
      ])
      assert.equal(await one.readings.deleteFrom(), 1)
      assert.equal(await s.select(Reading).count(), 1)
      await failure('ARGUMENT', ['Meter.groups', 'association'], () =>
        one.groups.insert({ name: 'g' }),
      )
      const fresh = s.add(new Meter({ name: 'three' }))
      await failure('ARGUMENT', ['Meter.readings', 'no row'], () =>
        fresh.readings.insert({ value: 1 }),
      )
      sent.clear()
    })

    it('leave it to the database what becomes of members whose owner goes', async (t) => {
      const { session, sent } = await database.open(t, models)
      const s = session()
      const meter = s.add(new Meter({ name: 'm', readings: [new Reading({ value: 1 })] }))
      await s.commit()
      sent.clear()
      s.delete(meter)
      await s.commit()
      assert.ok(!targets(sent).includes('select reading'))
      assert.equal(await session().select(Reading).count(), 0)
    })

    it('come back to a new object by a rollback', async (t) => {
      const { session } = await database.open(t, models)
      const s = session()
      const meter = s.add(new Meter({ name: 'm', readings: [new Reading({ value: 1 })] }))
      await s.flush()
      await s.rollback()
      assert.equal(s.has(meter), false)
      s.add(meter)
      meter.readings.add(new Reading({ value: 2 }))
      await s.commit()
      assert.equal(await meter.readings.count(), 2)
    })
  })
}

describe('the mapping of write-only collections', () => {
  // session 4.35
  it('asks what the database does with members whose owner goes', async () => {
    class Owner extends Model({
      id: id(),
      items: () => hasMany(Item, 'owner', { lazy: 'writeOnly' }),
    }) {}
    class Item extends Model({ id: id(), ownerId: int(), owner: () => belongsTo(Owner) }) {}
    await failure(
      'MAPPING',
      ['Owner.items', "onDelete: 'cascade'"],
      () => new Database({ url: 'sqlite::memory:', models: { Owner, Item } }).metadata,
    )
  })
})
