import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, discriminator, id, inspect, int, outer } from 'athanor'
import { databases } from '../support/databases.ts'
import { Engineer, hire, Lead, Manager, Note, Staff, staff } from '../support/staff.ts'
import { classesOf, failure } from './support.ts'

for (const database of databases()) {
  describe(`models that share a table on ${database.name}`, () => {
    it('give nothing for a model that no row is of, and none below it', async (t) => {
      abstract class Boat extends Model({ id: id(), kind: discriminator() }) {}
      abstract class Sail extends Boat.extend({ masts: int() }, { inherit: 'single' }) {}
      class Raft extends Boat.extend({}, { inherit: 'single', discriminator: "ra'ft" }) {}
      const { session } = await database.open(t, { Boat, Sail, Raft })
      const s = session()
      s.add(new Raft({}))
      await s.commit()
      assert.deepEqual([await s.select(Sail).count(), await s.get(Sail, 1)], [0, null])
      assert.deepEqual(classesOf(await s.select(Raft).all()), ['Raft'], 'quotes are quoted')
      assert.deepEqual(classesOf(await session().select(Boat).all()), ['Raft'])
    })

    it('refuse another value in the column that tells them apart', async (t) => {
      const test = await database.open(t, staff)
      await hire(test, staff)
      const s = test.session()
      const max = await s.select(Manager).one()
      max.kind = 'lead'
      await failure('ARGUMENT', ['Manager.kind', 'of which model the row is'], () => s.flush())
      await s.rollback()
      const made = s.add(new Manager({ name: 'eve' }))
      made.kind = 'lead'
      await failure('ARGUMENT', ['Manager', '"kind"', 'athanor writes it'], () => s.flush())
      await s.rollback()
      await failure('ARGUMENT', ['Manager.kind'], () =>
        s.update(Manager).set({ kind: 'lead' } as never),
      )
      await failure('ARGUMENT', ['Manager.level', 'no such column'], () =>
        s.update(Manager).set({ level: 1 } as never),
      )
      await failure('ARGUMENT', ['"kind"'], () =>
        s.insert(Manager).values({ name: 'x', kind: 'lead' } as never),
      )
      await failure('ARGUMENT', ['Cannot make a Staff', 'no discriminator'], () =>
        s.insert(Staff).values({ name: 'x' }),
      )
      assert.equal((await test.session().getOne(Staff, max.id)).kind, 'manager')
    })

    it('are inserted in bulk with what tells them apart', async (t) => {
      const { session } = await database.open(t, staff)
      const s = session()
      await s.insert(Manager).values([{ name: 'a' }, { name: 'b', car: 'blue' }])
      await s.insert(Engineer).values({ name: 'c', level: 2 })
      const [c] = await s.insertOrGet(Engineer, [{ name: 'c', level: 7 }], ['name'])
      assert.deepEqual([c?.constructor, c?.level], [Engineer, 2])
      const all = await s.select(Staff).orderBy(Staff.c.name).all()
      assert.deepEqual(classesOf(all), ['Manager', 'Manager', 'Engineer'])
      await failure('NO_RESULT_FOUND', ['Engineer', 'another model', 'Staff'], () =>
        s.insertOrGet(Engineer, [{ name: 'a', level: 1 }], ['name']),
      )
    })

    it('can take over the row of another one, which leaves nothing of itself', async (t) => {
      const test = await database.open(t, staff)
      await hire(test, staff)
      const s = test.session()
      const max = await s.select(Manager).one()
      const key = max.id
      s.delete(max)
      const lead = s.add(new Lead({ id: key, name: 'max', level: 1 }))
      await s.commit()
      assert.equal(s.has(max), false)
      const other = test.session()
      assert.equal(await other.get(Manager, key), null)
      assert.equal((await other.getOne(Lead, key)).level, 1)
      assert.deepEqual(
        await other.sql({ readOnly: true })`select car from ${Staff} where id = ${key}`.all(),
        [{ car: null }],
      )
      assert.equal(await s.get(Staff, key), lead)
    })

    it('follow a row that has become one of another model', async (t) => {
      const test = await database.open(t, staff)
      await hire(test, staff)
      const s = test.session()
      const bob = await s.select(Engineer).where({ name: 'bob' }).one()
      const max = await s.select(Manager).one()
      await s.commit()
      const rival = test.session()
      await rival.sql`update ${Staff} set kind = ${'lead'} where id in (${bob.id}, ${max.id})`
      await rival.sql`update ${Staff} set level = ${1} where id = ${max.id}`
      await rival.commit()
      const again = await s.select(Lead).where({ name: 'bob' }).one()
      assert.equal(again, bob, 'a lead is an engineer: the object has become one')
      assert.deepEqual([again.kind, again.title], ['lead', 'lead'])
      const other = await s.select(Lead).where({ name: 'max' }).one()
      assert.notEqual(other, max, 'a lead is no manager: there is another object')
      assert.deepEqual([inspect(max).state, s.has(other)], ['detached', true])
    })

    it('fail with a code for a row of a model that nobody has mapped', async (t) => {
      const test = await database.open(t, staff)
      await hire(test, staff)
      const s = test.session()
      await s.sql`update ${Staff} set kind = ${'intern'} where name = ${'max'}`
      assert.equal((await s.select(Engineer).all()).length, 2)
      const error = await failure(
        'UNKNOWN_DISCRIMINATOR',
        ['Staff', 'its kind stands for none of the models of this Database', 'Lead'],
        () => s.select(Staff).all(),
      )
      assert.deepEqual(error.info, { model: 'Staff', property: 'kind', discriminator: 'intern' })
      await failure('UNKNOWN_DISCRIMINATOR', ['it is a row of Lead', 'Ask for Lead'], () =>
        s.sql`select * from ${Staff} where name = ${'ada'}`.as(Manager).all(),
      )
    })

    it('leave a relation empty whose key is that of a row of another model', async (t) => {
      const test = await database.open(t, staff)
      await hire(test, staff)
      const s = test.session()
      const max = await s.select(Manager).one()
      await s.update(Note).set({ leadId: max.id }).everyRow()
      assert.equal((await s.select(Note).one()).lead, null)
      await s.commit()
      const other = test.session()
      const { lead } = await other.select(Note).one()
      assert.ok(lead !== null)
      await failure('OBJECT_DELETED', ['Lead', 'it has no row'], () => lead.load())
      const real = await other.getOne(Staff, max.id)
      assert.ok(real instanceof Manager)
      assert.deepEqual([real.car, real === (lead as object)], ['red', false])
      assert.equal(await other.select(Note).where(Note.c.lead.has()).count(), 0)
      const outerLead = outer(Lead)
      const rows = other.select({ body: Note.c.body, lead: outerLead }).from(Note)
      assert.deepEqual(await rows.leftJoin(Note.c.lead, outerLead).all(), [
        { body: 'first', lead: null },
      ])
    })

    it('are gone for refresh() where the row is that of another model now', async (t) => {
      const test = await database.open(t, staff)
      await hire(test, staff)
      const s = test.session()
      const ada = await s.select(Lead).one()
      await s.commit()
      const rival = test.session()
      await rival.sql`update ${Staff} set kind = ${'manager'} where id = ${ada.id}`
      await rival.commit()
      await failure('OBJECT_DELETED', ['Lead'], () => s.refresh(ada))
    })

    it('are streamed, paginated and read by raw SQL in the right class', async (t) => {
      const test = await database.open(t, staff)
      await hire(test, staff)
      const s = test.session()
      const streamed: object[] = []
      for await (const one of s.select(Staff).orderBy(Staff.c.id).stream()) streamed.push(one)
      assert.deepEqual(classesOf(streamed), ['Lead', 'Manager', 'Engineer'])
      const page = await s.select(Engineer).paginate({ perPage: 1 })
      assert.deepEqual([page.total, ...classesOf(page.items)], [2, 'Lead'])
      const raw = await s.sql`select * from ${Staff} order by id`.as(Staff).all()
      assert.deepEqual(classesOf(raw), ['Lead', 'Manager', 'Engineer'])
    })
  })
}
