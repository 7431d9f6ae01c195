import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { or, type Expr } from 'athanor'
import { databases } from '../support/databases.ts'
import { defineStaff, hire, STORAGES } from '../support/staff.ts'
import { classesOf, failure, members, targets } from './support.ts'

for (const storage of STORAGES) {
  const staff = defineStaff(storage)
  const { Engineer, Lead, Manager, Note, Skill, Staff, Team, Desk } = staff

  for (const database of databases()) {
    describe(`models that inherit in ${storage} on ${database.name}`, () => {
      it('are told apart by a column that is written for them', async (t) => {
        const test = await database.open(t, staff)
        const lead = new Lead({ name: 'eve', level: 1 })
        assert.equal(lead.kind, 'lead')
        await hire(test, staff)
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
        await hire(test, staff)
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
        await hire(test, staff)
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

      it('give null to get() for a row of another model, in memory or not', async (t) => {
        const test = await database.open(t, staff)
        await hire(test, staff)
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
        await hire(test, staff)
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
        await hire(test, staff)
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
        await hire(test, staff)
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
        await hire(test, staff)
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
        await hire(test, staff)
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

      it('update and delete only their own rows by criteria', async (t) => {
        const test = await database.open(t, staff)
        await hire(test, staff)
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

      it('are merged and refreshed like others', async (t) => {
        const test = await database.open(t, staff)
        await hire(test, staff)
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
      })

      it('are read again together when they are stale', async (t) => {
        const test = await database.open(t, staff)
        await hire(test, staff)
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

      it('are paged by keys, by their own columns and by those of the base', async (t) => {
        const test = await database.open(t, staff)
        const s = test.session()
        s.add(
          new Lead({ name: 'ada', level: 9, pupils: [new Engineer({ name: 'bob', level: 3 })] }),
        )
        s.add(new Manager({ name: 'max' }))
        for (const [n, name] of ['x', 'y', 'z'].entries())
          s.add(new Engineer({ name, level: n % 2 }))
        await s.commit()
        const queries = [
          () => s.select(Engineer).orderBy(Engineer.c.level, Engineer.c.id),
          () => s.select(Engineer).orderBy(Engineer.c.mentorId.desc(), Engineer.c.id.desc()),
          () => s.select(Staff).orderBy(Staff.c.name.desc()),
        ]
        for (const query of queries) {
          const found: object[] = []
          let page = await query().paginateKeyset({ size: 2 })
          for (; ; page = await query().paginateKeyset({ size: 2, after: page.endCursor })) {
            found.push(...page.items)
            if (!page.hasNext) break
          }
          assert.deepEqual(found, await query().all())
        }
      })
    })
  }
}
