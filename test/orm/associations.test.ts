import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  Model,
  belongsTo,
  hasMany,
  id,
  index,
  int,
  manyToMany,
  now,
  timestamp,
  varchar,
} from 'athanor'
import { databases } from '../support/databases.ts'
import { targets } from './support.ts'

/** An association with columns of its own is a model. */
class Student extends Model({
  id: id(),
  name: varchar(40),
  enrolments: () => hasMany(Enrolment, 'student', { cascade: 'all, delete-orphan' }),
  courses: () => manyToMany(Course, { through: () => Enrolment, orderBy: 'title' }),
}) {}
class Course extends Model({
  id: id(),
  title: varchar(40),
  students: () => manyToMany(Student, { inverse: 'courses' }),
}) {}
class Enrolment extends Model(
  {
    studentId: int().primaryKey(),
    courseId: int().primaryKey(),
    since: timestamp().default(now),
    place: int().default(1),
    student: () => belongsTo(Student),
    course: () => belongsTo(Course),
  },
  { indexes: (c) => [index(c.courseId, c.place)] },
) {}
const school = { Student, Course, Enrolment }

/** Both ends are the same table. */
class Person extends Model({
  id: id(),
  name: varchar(40),
  friends: () => manyToMany(Person, { through: 'friendships', orderBy: 'name' }),
  friendOf: () => manyToMany(Person, { inverse: 'friends' }),
}) {}

for (const database of databases()) {
  describe(`associations on ${database.name}`, () => {
    // session 3.47
    it('maps an association with columns of its own as a model, whose defaults apply to new pairs', async (t) => {
      const { session, sent } = await database.open(t, school)
      const s = session()
      const [maths, music] = [new Course({ title: 'maths' }), new Course({ title: 'music' })]
      const student = s.add(new Student({ name: 'ada', courses: [music] }))
      student.enrolments.add(new Enrolment({ course: maths, place: 7 }))
      await s.commit()
      assert.equal(targets(sent).filter((target) => target === 'insert enrolment').length, 2)
      const stored = await session().select(Student).with('courses', 'enrolments.course').one()
      assert.deepEqual(
        stored.courses.map(({ title }) => title),
        ['maths', 'music'],
      )
      const places = stored.enrolments.map((enrolment) => [
        enrolment.course.title,
        enrolment.place,
        enrolment.since instanceof Date,
      ])
      assert.deepEqual(
        places.toSorted(([a], [b]) => String(a).localeCompare(String(b))),
        [
          ['maths', 7, true],
          ['music', 1, true],
        ],
      )
    })

    it('ties rows of one table to each other, in one direction', async (t) => {
      const { session } = await database.open(t, { Person })
      const s = session()
      const [ada, bob, cyd] = ['ada', 'bob', 'cyd'].map((name) => s.add(new Person({ name })))
      assert.ok(ada && bob && cyd)
      ada.friends.add(cyd, bob)
      bob.friends.add(ada)
      ada.friendOf.add(bob)
      cyd.friendOf.add(ada)
      await s.commit()
      const people = await session()
        .select(Person)
        .with('friends', 'friendOf')
        .orderBy(Person.c.name)
        .all()
      const names = people.map(({ friends, friendOf }) => [
        friends.map(({ name }) => name),
        friendOf.map(({ name }) => name),
      ])
      assert.deepEqual(names, [
        [['bob', 'cyd'], ['bob']],
        [['ada'], ['ada']],
        [[], ['ada']],
      ])
    })
  })
}
