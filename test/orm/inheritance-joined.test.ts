import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  Model,
  belongsTo,
  discriminator,
  id,
  inspect,
  int,
  outer,
  sql,
  varchar,
  version,
} from 'athanor'
import { databases, type TestDatabase } from '../support/databases.ts'
import { classesOf, failure, targets } from './support.ts'

class Animal extends Model(
  { id: id(), kind: discriminator(), name: varchar(40).unique(), legs: int().serverDefault('4') },
  { discriminator: 'animal' },
) {}
class Dog extends Animal.extend(
  {
    chip: varchar(20).unique(),
    barks: int().serverDefault('3'),
    noise: int().computed('barks * 2'),
    friendId: int().nullable(),
    friend: () => belongsTo(Dog),
  },
  { inherit: 'joined', discriminator: 'dog' },
) {}
class Cat extends Animal.extend(
  { chip: varchar(20), lives: int().default(9) },
  { inherit: 'joined', discriminator: 'cat', table: 'CATS' },
) {}
/** Its versions are counted in the second table. */
class Bird extends Animal.extend(
  { wings: int(), rev: version() },
  { inherit: 'joined', discriminator: 'bird' },
) {}
/** Adds nothing but itself. */
class Ant extends Animal.extend({}, { inherit: 'joined', discriminator: 'ant' }) {}
class Walk extends Model({ id: id(), dogId: int().nullable(), dog: () => belongsTo(Dog) }) {}
const zoo = { Animal, Dog, Cat, Bird, Walk }

/** Numbers of a hall and a place in it are the key; the version is counted in the base's table. */
class Seat extends Model(
  { hall: int().primaryKey(), place: int().primaryKey(), kind: discriminator(), rev: version() },
  { discriminator: 'seat' },
) {}
class Box extends Seat.extend({ price: int() }, { inherit: 'joined', discriminator: 'box' }) {}
class Suite extends Box.extend({ rooms: int() }, { inherit: 'joined', discriminator: 'suite' }) {}

/** Rex, a dog, has 1, and Tom, a cat, 2. */
async function fill({ session, sent }: TestDatabase): Promise<void> {
  const s = session()
  s.add(new Dog({ name: 'rex', chip: 'r' }))
  await s.flush()
  s.add(new Cat({ name: 'tom', chip: 't' }))
  await s.commit()
  sent.clear()
}

for (const database of databases()) {
  describe(`models with a second table on ${database.name}`, () => {
    it('are inserted base first, as many rows at once as others, and hold what the database made of both', async (t) => {
      const test = await database.open(t, zoo)
      const s = test.session()
      const dogs = ['a', 'b', 'c'].map((name) => s.add(new Dog({ name, chip: name })))
      await s.flush()
      const written = targets(test.sent).filter((each) => !each.startsWith('select'))
      if (database.supports.insertReturning)
        assert.deepEqual(written, [
          ...Array.from({ length: 3 }, () => 'insert animal'),
          ...Array.from({ length: 3 }, () => 'insert dog'),
        ])
      else assert.ok(written.indexOf('insert dog') > written.lastIndexOf('insert animal'))
      for (const { legs, barks, noise } of dogs) assert.deepEqual([legs, barks, noise], [4, 3, 6])
      await s.commit()
      const [a] = await test.session().select(Animal).orderBy(Animal.c.name).all()
      assert.ok(a instanceof Dog)
      assert.deepEqual([a.legs, a.barks, a.noise, a.chip], [4, 3, 6, 'a'])
    })

    it('are updated only in the tables that are touched', async (t) => {
      const test = await database.open(t, zoo)
      await fill(test)
      const s = test.session()
      const [rex, tom] = await s.select(Animal).orderBy(Animal.c.id).all()
      assert.ok(rex instanceof Dog && tom instanceof Cat)
      test.sent.clear()
      tom.lives = 8
      await s.flush()
      assert.deepEqual(targets(test.sent), ['update CATS'])
      tom.name = 'thomas'
      await s.flush()
      assert.deepEqual(targets(test.sent), ['update animal'])
      Object.assign(rex, { name: 'king', barks: 5 })
      await s.flush()
      assert.deepEqual(
        targets(test.sent).filter((each) => each.startsWith('update')),
        ['update animal', 'update dog'],
      )
      assert.equal(rex.noise, 10, 'what the second table computes of it is read back')
      await s.commit()
      const again = await test.session().getOne(Dog, rex.id)
      assert.deepEqual([again.name, again.barks, again.noise], ['king', 5, 10])
    })

    it('are deleted second table first, and by the foreign key where only the base is known', async (t) => {
      const test = await database.open(t, zoo)
      await fill(test)
      const s = test.session()
      s.delete(await s.select(Dog).one())
      test.sent.clear()
      await s.flush()
      assert.deepEqual(targets(test.sent), ['delete dog', 'delete animal'])
      s.delete(s.reference(Animal, 2))
      await s.commit()
      assert.deepEqual(
        [
          await test.session().select(Animal).count(),
          await s.sql`select count(*) as n from ${Cat}`.one(),
        ].map((each) => (typeof each === 'number' ? each : Number((each as { n: unknown }).n))),
        [0, 0],
      )
    })

    it('are asked for in one statement, with other tables than their own only where whole objects are wanted', async (t) => {
      const test = await database.open(t, zoo)
      await fill(test)
      const s = test.session()
      assert.equal(await s.select(Animal).where({ legs: 4 }).count(), 2)
      assert.deepEqual(await s.select(Cat.c.lives).where(Cat.c.name.eq('tom')).all(), [9])
      for (const text of test.sent.texts()) assert.doesNotMatch(text, /"dog"/)
      assert.deepEqual(classesOf(await s.select(Animal).orderBy(Animal.c.id).limit(1).all()), [
        'Dog',
      ])
      assert.equal(
        test.sent
          .texts()
          .join()
          .match(/left join/g)?.length,
        3,
      )
      assert.deepEqual((await s.select(Cat).all()).length, 1)
      assert.doesNotMatch(test.sent.texts().join(), /left join|"dog"/)
      const dogs = outer(Dog)
      s.add(new Walk({ dog: await s.select(Dog).one() }))
      s.add(new Walk({ dogId: null }))
      const rows = s.select({ walk: Walk.c.id, dog: dogs }).from(Walk).leftJoin(Walk.c.dog, dogs)
      const found = await rows.orderBy(Walk.c.id).all()
      assert.deepEqual(
        found.map(({ dog }) => dog?.name ?? null),
        ['rex', null],
      )
    })

    it('are guarded by the version of their row, in whatever table it is counted', async (t) => {
      const test = await database.open(t, { Seat, Box, Suite })
      const s = test.session()
      const box = s.add(new Box({ hall: 1, place: 1, price: 10 }))
      const suite = s.add(new Suite({ hall: 1, place: 2, price: 90, rooms: 2 }))
      await s.commit()
      const rival = test.session()
      ;(await rival.getOne(Box, { hall: 1, place: 1 })).price = 11
      await rival.commit()
      test.sent.clear()
      box.price = 12
      await failure('STALE_DATA', ['Box'], () => s.commit())
      await s.rollback()
      assert.equal((await s.refresh(box)).rev, 2, 'a change of the second table alone counts')
      suite.rooms = 3
      await s.commit()
      assert.equal(suite.rev, 2)
      s.delete(suite)
      s.delete(box)
      await s.commit()
      assert.equal(await test.session().select(Seat).count(), 0)
    })

    it('may be guarded by a version of the second table', async (t) => {
      const test = await database.open(t, zoo)
      const s = test.session()
      const bird = s.add(new Bird({ name: 'kiwi', wings: 0 }))
      await s.commit()
      const rival = test.session()
      ;(await rival.select(Bird).one()).name = 'emu'
      await rival.commit()
      bird.name = 'moa'
      await failure('STALE_DATA', ['Bird'], () => s.commit())
      await s.rollback()
      s.delete(bird)
      await failure('STALE_DATA', ['delete', 'Bird'], () => s.commit())
      await s.rollback()
      assert.deepEqual([(await s.refresh(bird)).name, bird.rev], ['emu', 2])
      s.delete(bird)
      await s.commit()
      assert.equal(await test.session().select(Animal).count(), 0)
    })

    it('can have the key, or a unique value, of an object that goes in the same flush', async (t) => {
      const test = await database.open(t, zoo)
      await fill(test)
      const s = test.session()
      const rex = await s.select(Dog).one()
      const key = rex.id
      s.delete(rex)
      const cat = s.add(new Cat({ id: key, name: 'kit', chip: 'k' }))
      await s.commit()
      assert.deepEqual(
        [await test.session().get(Animal, key)].map((each) => each?.constructor),
        [Cat],
      )
      assert.equal(await test.session().get(Dog, key), null)
      s.delete(cat)
      const twin = s.add(new Cat({ id: key, name: 'kat', chip: 'k' }))
      test.sent.clear()
      await s.commit()
      assert.ok(
        targets(test.sent).every((each) => each.startsWith('update')),
        'a row of the same model is taken over',
      )
      s.delete(twin)
      const dog = s.add(new Dog({ name: 'kat', chip: 'k' }))
      await s.commit()
      s.delete(dog)
      s.add(new Dog({ name: 'old', chip: 'k' }))
      await s.commit()
      assert.equal((await test.session().select(Dog).one()).name, 'old')
    })

    it('are new again when the second INSERT fails', async (t) => {
      const test = await database.open(t, zoo)
      await fill(test)
      const s = test.session()
      const dog = s.add(new Dog({ name: 'max', chip: 'r' }))
      const error = await failure('UNIQUE_VIOLATION', ['dog'], () => s.commit())
      assert.deepEqual((error as { objects?: unknown }).objects, [dog])
      await s.rollback()
      assert.deepEqual([dog.id, inspect(dog).state], [undefined, 'transient'])
      dog.chip = 'm'
      s.add(dog)
      await s.commit()
      assert.equal(await test.session().select(Dog).count(), 2)
    })

    it('are rolled back to a savepoint in both tables', async (t) => {
      const test = await database.open(t, zoo)
      await fill(test)
      const s = test.session()
      const rex = await s.select(Dog).one()
      const savepoint = s.beginNested(async () => {
        Object.assign(rex, { name: 'king', barks: 5 })
        await s.flush()
        throw new Error('no')
      })
      await assert.rejects(savepoint, /no/)
      assert.deepEqual([rex.name, rex.barks, rex.noise], ['rex', 3, 6])
      await s.commit()
      assert.equal((await test.session().select(Dog).one()).barks, 3)
    })

    it('are changed and deleted by criteria of all their columns, one table a statement', async (t) => {
      const test = await database.open(t, zoo)
      await fill(test)
      const s = test.session()
      const rex = await s.select(Dog).one()
      test.sent.clear()
      assert.equal(
        await s
          .update(Dog)
          .set({ barks: Dog.c.barks.plus(1) })
          .where({ name: 'rex' }),
        1,
      )
      assert.deepEqual(targets(test.sent), ['update dog'])
      assert.equal(await s.update(Dog).set({ name: 'king' }).where(Dog.c.barks.gt(3)), 1)
      assert.equal(await s.update(Dog).set({ legs: 3 }).everyRow(), 1, 'and no cat')
      await rex.load()
      assert.deepEqual([rex.name, rex.barks, rex.legs], ['king', 4, 3])
      assert.equal(await s.updateMany(Dog, [{ id: rex.id, name: 'rex', barks: 7, legs: 4 }]), 1)
      await failure('ARGUMENT', ['"animal" and "dog"', 'statement for each table'], () =>
        s.update(Dog).set({ name: 'x', barks: 1 }).everyRow(),
      )
      await failure('ARGUMENT', ['"animal"'], () =>
        s
          .update(Dog)
          .set({ barks: Dog.c.legs.plus(1) })
          .everyRow(),
      )
      assert.equal(await s.deleteFrom(Cat).where({ name: 'rex' }), 0)
      assert.equal(await s.deleteFrom(Dog).where({ barks: 7 }), 1)
      await s.commit()
      assert.deepEqual(classesOf(await test.session().select(Animal).all()), ['Cat'])
      assert.deepEqual(await s.sql`select chip from ${Dog}`.all(), [])
    })

    it('are refused where one statement cannot do it, with what to do instead', async (t) => {
      const test = await database.open(t, zoo)
      await fill(test)
      const s = test.session()
      await failure('ARGUMENT', ['rows of Cat in bulk', '"animal" and "CATS"', 'addAll'], () =>
        s.insert(Cat).values({ name: 'x', chip: 'x' }),
      )
      await failure('ARGUMENT', ['rows of Cat in bulk'], () =>
        s.insertOrGet(Cat, [{ name: 'x', chip: 'x' }], ['name']),
      )
      assert.equal(await s.insert(Animal).values({ name: 'ant' }), 1)
      const upsert = s.insert(Animal).values({ name: 'rex' }).onConflict(['name'])
      assert.equal(await upsert.doNothing(), database.supports.conflictTarget ? 0 : 1)
      await failure('ARGUMENT', ['onConflict()', 'doNothing()'], () => upsert.doUpdate())
      if (database.supports.insertReturning) {
        const [bee] = await s.insert(Animal).values({ name: 'bee' }).returning().all()
        assert.deepEqual([bee?.constructor, bee?.legs], [Animal, 4])
      }
      if (database.supports.deleteReturning) {
        await failure('ARGUMENT', ['whole rows of "animal"', 'Select them'], () =>
          s.deleteFrom(Animal).where({ name: 'ant' }).returning().all(),
        )
        const gone = s.deleteFrom(Animal).where({ name: 'ant' }).returning({ n: Animal.c.name })
        assert.deepEqual(await gone.all(), [{ n: 'ant' }])
      }
      await s.rollback()
    })

    it('are made of raw SQL that has all their columns, under names that tell them apart', async (t) => {
      const test = await database.open(t, zoo)
      await fill(test)
      const s = test.session()
      const raw = s.sql`select * from ${Animal} inner join ${Dog} on ${Dog.c.id} = ${sql.ref('dog', 'id')}`
      const [rex] = await raw.as(Dog).all()
      assert.deepEqual([rex?.constructor, rex?.name, rex?.barks], [Dog, 'rex', 3])
      await failure('ARGUMENT', ['several of its tables', '"chip"'], () =>
        s.sql`select * from ${Animal}`.as(Animal).all(),
      )
      await failure('ARGUMENT', ['no column "chip"'], () =>
        s.sql`select * from ${Animal}`.as(Dog).all(),
      )
    })

    it('may add nothing, and have a table all the same', async (t) => {
      const test = await database.open(t, { Animal, Ant })
      const s = test.session()
      const ant = s.add(new Ant({ name: 'ada' }))
      await s.commit()
      assert.equal((await test.session().select(Animal).one()).constructor, Ant)
      assert.equal(await s.update(Ant).set({ legs: 6 }).where({ name: 'ada' }), 1)
      await ant.load()
      assert.equal(ant.legs, 6)
      s.delete(ant)
      test.sent.clear()
      await s.commit()
      assert.deepEqual(targets(test.sent), ['delete ant', 'delete animal'])
    })

    it('keep columns of one name apart where some columns of the row are deferred', async (t) => {
      class Paper extends Model({
        id: id(),
        kind: discriminator(),
        body: varchar(40).deferred(),
      }) {}
      const letter = { inherit: 'joined', discriminator: 'letter' } as const
      const bill = { inherit: 'joined', discriminator: 'bill' } as const
      class Letter extends Paper.extend({ sender: varchar(20) }, letter) {}
      class Bill extends Paper.extend({ sender: varchar(20) }, bill) {}
      const { session } = await database.open(t, { Paper, Letter, Bill })
      const s = session()
      s.addAll([
        new Letter({ body: 'dear', sender: 'ada' }),
        new Bill({ body: '3', sender: 'bob' }),
      ])
      await s.commit()
      const papers = await session().select(Paper).all()
      const senders = papers.map((each) =>
        each instanceof Letter || each instanceof Bill ? each.sender : null,
      )
      assert.deepEqual(new Set(senders), new Set(['ada', 'bob']))
      assert.equal((await session().select(Letter).one()).sender, 'ada')
    })

    it('can be locked', async (t) => {
      const test = await database.open(t, zoo)
      await fill(test)
      const s = test.session()
      const all = await s.select(Animal).orderBy(Animal.c.id).forUpdate().all()
      assert.deepEqual(classesOf(all), ['Dog', 'Cat'])
      const [rex] = await s.select(Dog).forUpdate().all()
      assert.ok(rex !== undefined)
      await s.refresh(rex, { lock: true })
      await s.rollback()
      const ant = s.add(new Animal({ name: 'ant' }))
      await s.commit()
      assert.equal((await s.refresh(ant, { lock: true })).name, 'ant')
      await s.rollback()
    })

    it('are targets of foreign keys of their own: no other row of the base will do', async (t) => {
      const test = await database.open(t, zoo)
      await fill(test)
      const s = test.session()
      s.add(new Walk({ dogId: 2 }))
      await failure('FOREIGN_KEY_VIOLATION', [], () => s.commit())
      await s.rollback()
      s.add(new Walk({ dogId: 1 }))
      await s.commit()
      assert.equal((await s.select(Walk).with('dog').one()).dog?.chip, 'r')
    })
  })
}
