import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, discriminator, id, inspect, int, or, outer, type Expr } from 'athanor'
import { databases, type TestDatabase } from '../support/databases.ts'
import { Desk, Engineer, Lead, Manager, Note, Skill, Staff, staff, Team } from '../support/staff.ts'
import { failure, members, targets } from './support.ts'

/** Ada and Max in one team, Bob in none; Ada is Bob's mentor. Ids in this order. */
async function hire({ session, sent }: TestDatabase): Promise<void> {
  const s = session()
  const team = new Team({ name: 'core' })
  const ada = s.add(new Lead({ name: 'ada', level: 9, budget: 5, team }))
  await s.flush()
  s.add(new Manager({ name: 'max', car: 'red', team, skills: [new Skill({ name: 'chess' })] }))
  await s.flush()
  s.add(new Engineer({ name: 'bob', level: 3, mentor: ada }))
  s.add(new Note({ body: 'first', author: ada, lead: ada }))
  await s.commit()
  sent.clear()
}

const classesOf = (objects: readonly object[]): string[] =>
  objects.map((object) => object.constructor.name)

for (const database of databases()) {
  describe(`models that share a table on ${database.name}`, () => {
    it('are told apart by a column that is written for them', async (t) => {
      const test = await database.open(t, staff)
      const lead = new Lead({ name: 'eve', level: 1 })
      assert.equal(lead.kind, 'lead')
      await hire(test)
      const rows = await test.session().select({ kind: Staff.c.kind, name: Staff.c.name }).all()
      assert.deepEqual(rows.map(({ kind, name }) => `${kind} ${name}`).toSorted(), [
        'engineer bob',
        'lead ada',
        'manager max',
      ])
    })

    // session 4.12
    it('give objects of the right class through their base, in one statement, with all their columns', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
      const s = test.session()
      const all = await s.select(Staff).orderBy(Staff.c.id).all()
      assert.deepEqual(targets(test.sent), ['select staff'])
      assert.deepEqual(classesOf(all), ['Lead', 'Manager', 'Engineer'])
      const [ada, max, bob] = all
      assert.ok(ada instanceof Lead && ada instanceof Engineer && ada instanceof Staff)
      assert.ok(max instanceof Manager && bob instanceof Engineer && !(bob instanceof Lead))
      assert.deepEqual([ada.level, ada.budget, ada.title], [9, 5, 'lead'])
      assert.deepEqual([max.car, max.budget, bob.language], ['red', null, 'TypeScript'])
      assert.deepEqual([ada.greeting(), max.greeting()], ['I am ada, level 9', 'I am max'])
      assert.deepEqual([ada.note('a'), ada.note('b'), ada.visits], [1, 2, 2])
      assert.equal(await s.get(Lead, ada.id), ada)
      assert.equal(await s.get(Staff, ada.id), ada)
      assert.equal(test.sent.count(), 0, 'one identity for all of them')
    })

    it('give only their own rows, and those of models that inherit from them, to a query', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
      const s = test.session()
      const names = async (query: { all(): Promise<{ name: string }[]> }): Promise<string[]> =>
        (await query.all()).map(({ name }) => name)
      assert.deepEqual(await names(s.select(Engineer).orderBy(Engineer.c.name)), ['ada', 'bob'])
      assert.deepEqual(await names(s.select(Lead)), ['ada'])
      const either = s.select(Engineer).where(or(Engineer.c.level.lt(5), Engineer.c.level.gt(0)))
      assert.equal(await either.count(), 2, 'an OR does not let others in')
      assert.equal(await s.select(Lead).where({ name: 'max' }).exists(), false)
      assert.deepEqual(await s.select(Engineer.c.name).orderBy(Engineer.c.name).all(), [
        'ada',
        'bob',
      ])
      const managers = s.select(Manager.c.id)
      assert.equal(await s.select(Staff).where(Staff.c.id.in(managers)).count(), 1)
    })

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

    it('give null to get() for a row of another model, in memory or not', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
      const s = test.session()
      const max = await s.select(Manager).one()
      test.sent.clear()
      assert.equal(await s.get(Engineer, max.id), null)
      assert.equal(test.sent.count(), 0)
      assert.equal(s.has(max), true, 'who asks for another model does not take it out')
      const other = test.session()
      assert.equal(await other.get(Engineer, max.id), null)
      const known = other.reference(Staff, max.id)
      assert.equal(await other.get(Engineer, max.id), null)
      assert.equal(other.has(known), true)
      assert.equal((await other.get(Staff, max.id))?.constructor, Manager)
      await failure('INVALID_REQUEST', ['Cannot refer to a Lead', 'Staff'], () =>
        other.reference(Lead, max.id),
      )
    })

    it('are targets of relations: the base gives all, a model its own', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
      const s = test.session()
      const team = await s.select(Team).with('members', 'engineers').one()
      assert.deepEqual(classesOf(team.members), ['Lead', 'Manager'])
      assert.deepEqual(classesOf(team.engineers), ['Lead'])
      assert.equal(team.engineers[0], team.members[0])
      const inTeam = (...conditions: Expr<boolean>[]): Promise<number> =>
        s
          .select(Team)
          .where(...conditions)
          .count()
      assert.equal(await inTeam(Team.c.engineers.any()), 1)
      assert.equal(await inTeam(Team.c.engineers.any({ name: 'max' })), 0)
      assert.equal(await inTeam(Team.c.members.any({ name: 'max' })), 1)
      assert.deepEqual(await s.select(Team.c.engineers.count()).all(), [1])
      const joined = s.select({ team: Team.c.name, engineer: Engineer.c.name }).from(Team)
      assert.deepEqual(await joined.join(Team.c.engineers).all(), [
        { team: 'core', engineer: 'ada' },
      ])
    })

    it('are targets of a many-to-many of their base', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
      const s = test.session()
      const chess = await s.select(Skill).with('holders', 'experts').one()
      assert.deepEqual(classesOf(chess.holders), ['Manager'])
      assert.deepEqual(classesOf(chess.experts), [])
      assert.equal(await s.select(Skill).where(Skill.c.experts.any()).count(), 0)
      const bob = await s.select(Engineer).where({ name: 'bob' }).with('skills').one()
      chess.experts.add(bob)
      bob.skills.add(chess)
      await s.commit()
      assert.equal(await s.select(Skill).where(Skill.c.experts.any()).count(), 1)
      assert.equal(await s.select(Skill).where(Skill.c.experts.contains(bob)).count(), 1)
      const again = await test.session().select(Skill).with('holders', 'experts').one()
      assert.deepEqual(classesOf(again.holders), ['Manager', 'Engineer'])
      assert.deepEqual(classesOf(again.experts), ['Engineer'])
    })

    it('load relations of their own for siblings of their own', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
      const s = test.session()
      const [ada, max, bob] = await s.select(Staff).orderBy(Staff.c.id).all()
      assert.ok(ada instanceof Lead && max instanceof Manager && bob instanceof Engineer)
      test.sent.clear()
      await s.load(ada, 'pupils')
      assert.deepEqual(targets(test.sent), ['select staff'])
      assert.deepEqual(members(ada.pupils), [bob])
      await s.load([ada, max, bob], 'team', 'notes')
      assert.equal(test.sent.count(), 2, 'one for each relation of the base')
      assert.equal(bob.mentor, ada)
    })

    it('turn an object that has only its key into one of the right class when its row is read', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
      const s = test.session()
      const note = await s.select(Note).one()
      const { author } = note
      assert.equal(author instanceof Lead, false)
      const read = await author.load()
      assert.equal(read, author, 'the same object')
      assert.ok(read instanceof Lead)
      assert.deepEqual([read.budget, read.title, read.note('x'), read.visits], [5, 'lead', 1, 1])
      assert.equal(String(read), `<Lead ${read.id}>`)
      read.budget = 6
      await s.commit()
      assert.equal((await test.session().getOne(Lead, read.id)).budget, 6)
    })

    it('come along by a JOIN in the right class', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
      const note = await test.session().select(Note).with('author.team', 'lead').one()
      assert.deepEqual(targets(test.sent), ['select note'])
      assert.ok(note.author instanceof Lead)
      assert.equal(note.lead, note.author)
      assert.equal(note.author.team?.name, 'core')
      const s = test.session()
      const paths = [Note.c.lead.c.budget.gt(1), Note.c.author.c.name.eq('ada')]
      assert.equal(
        await s
          .select(Note)
          .where(...paths)
          .count(),
        1,
      )
    })

    it('leave a relation empty whose key is that of a row of another model', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
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

    it('update and delete only their own rows by criteria', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
      const s = test.session()
      const max = await s.select(Manager).one()
      assert.equal(await s.update(Engineer).set({ level: 1 }).everyRow(), 2)
      assert.equal(await s.deleteFrom(Engineer).where({ name: 'max' }), 0)
      assert.equal(await s.update(Staff).set({ name: 'maxine' }).where({ name: 'max' }), 1)
      assert.equal((await s.getOne(Staff, max.id)).name, 'maxine')
      await s.update(Note).set({ leadId: null }).everyRow()
      await s.deleteFrom(Note).everyRow()
      await s.update(Engineer).set({ mentorId: null }).everyRow()
      assert.equal(await s.deleteFrom(Engineer).everyRow(), 2)
      assert.deepEqual(classesOf(await s.select(Staff).all()), ['Manager'])
    })

    it('refuse another value in the column that tells them apart', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
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

    it('are written in an order that their references allow, and as one table', async (t) => {
      const { session, sent } = await database.open(t, staff)
      const s = session()
      const lead = new Lead({ name: 'ada', level: 9 })
      const pupils = ['a', 'b'].map((name) => new Engineer({ name, level: 1, mentor: lead }))
      const desk = new Desk({ place: 'window' })
      s.addAll([...pupils, new Manager({ name: 'max', desk })])
      s.add(new Note({ body: 'x', author: lead }))
      await s.commit()
      sent.clear()
      assert.deepEqual(
        (await session().select(Engineer).where({ mentorId: lead.id }).all()).length,
        2,
      )
      for (const pupil of pupils) s.delete(pupil)
      s.delete(lead)
      await s.commit()
      assert.deepEqual(classesOf(await session().select(Staff).all()), ['Manager'])
      assert.equal(await session().select(Note).count(), 0, 'relations of the base cascade')
    })

    it('can take over the row of another one, which leaves nothing of itself', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
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

    it('are merged and refreshed like others', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
      const outside = await test.session().select(Lead).one()
      const s = test.session()
      outside.budget = 77
      const merged = await s.merge(outside)
      assert.ok(merged instanceof Lead && merged !== outside)
      await s.commit()
      const rival = test.session()
      await rival.update(Engineer).set({ level: 1 }).where({ name: 'ada' })
      await rival.commit()
      assert.deepEqual([(await s.refresh(merged)).level, merged.budget], [1, 77])
      await rival.sql`update ${Staff} set kind = ${'manager'} where id = ${merged.id}`
      await rival.commit()
      await failure('OBJECT_DELETED', ['Lead'], () => s.refresh(merged))
    })

    it('are read again together when they are stale', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
      const s = test.session()
      const [ada, max] = await s.select(Staff).orderBy(Staff.c.id).all()
      assert.ok(ada instanceof Lead && max instanceof Manager)
      await s.commit()
      const rival = test.session()
      await rival.update(Manager).set({ car: 'blue' }).everyRow()
      await rival.commit()
      test.sent.clear()
      await ada.load()
      assert.deepEqual([max.car, ...targets(test.sent)], ['blue', 'select staff'])
    })

    it('follow a row that has become one of another model', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
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
      await hire(test)
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

    it('are streamed, paginated and read by raw SQL in the right class', async (t) => {
      const test = await database.open(t, staff)
      await hire(test)
      const s = test.session()
      const streamed: Staff[] = []
      for await (const one of s.select(Staff).orderBy(Staff.c.id).stream()) streamed.push(one)
      assert.deepEqual(classesOf(streamed), ['Lead', 'Manager', 'Engineer'])
      const page = await s.select(Engineer).paginate({ perPage: 1 })
      assert.deepEqual([page.total, ...classesOf(page.items)], [2, 'Lead'])
      const raw = await s.sql`select * from ${Staff} order by id`.as(Staff).all()
      assert.deepEqual(classesOf(raw), ['Lead', 'Manager', 'Engineer'])
    })
  })
}
