import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, belongsTo, discriminator, id, int, manyToMany, text } from 'athanor'
import { databases } from '../support/databases.ts'

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
  })
}
