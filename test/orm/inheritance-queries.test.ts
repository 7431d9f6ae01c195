import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, belongsTo, discriminator, id, int, manyToMany, text } from 'athanor'
import { databases } from '../support/databases.ts'
import { Engineer, Lead, Manager, Staff, staff } from '../support/staff.ts'

class Student extends Model({
  id: id(),
  name: text(),
  courses: () => manyToMany(Course, { through: () => Visit }),
}) {}
class Course extends Model({ id: id(), name: text() }) {}
class Visit extends Model(
  {
    studentId: int().primaryKey(),
    courseId: int().primaryKey(),
    kind: discriminator(),
    student: () => belongsTo(Student),
    course: () => belongsTo(Course),
  },
  { discriminator: 'visit' },
) {}
class Exam extends Visit.extend({ mark: int() }, { inherit: 'single', discriminator: 'exam' }) {}

for (const database of databases()) {
  describe(`models that share a table on ${database.name}`, () => {
    it('may be associations themselves, whose rows are told apart as others are', async (t) => {
      const test = await database.open(t, { Student, Course, Visit, Exam })
      const s = test.session()
      const ada = s.add(new Student({ name: 'ada', courses: [new Course({ name: 'logic' })] }))
      await s.commit()
      const [visit] = await s.select(Visit).all()
      assert.equal(visit?.kind, 'visit')
      const [course] = await s.select(Course).all()
      const art = new Course({ name: 'art' })
      s.add(new Exam({ student: ada, course: art, mark: 1 }))
      await s.commit()
      assert.deepEqual(
        new Set(await s.refresh(ada).then(({ courses }) => courses.load())),
        new Set([course, art]),
      )
    })

    it('are paged by keys, by their own columns and by those of the base', async (t) => {
      const test = await database.open(t, staff)
      const s = test.session()
      s.add(new Lead({ name: 'ada', level: 9, pupils: [new Engineer({ name: 'bob', level: 3 })] }))
      s.add(new Manager({ name: 'max' }))
      for (const [n, name] of ['x', 'y', 'z'].entries()) s.add(new Engineer({ name, level: n % 2 }))
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
