import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, belongsTo, hasMany, hasOne, id, inspect, int, varchar } from 'athanor'
import { databases } from '../support/databases.ts'
import { targets } from './support.ts'

/** Two relations between two tables, and one table that refers to itself. */
class Member extends Model({
  id: id(),
  name: varchar(40),
  bossId: int().nullable(),
  boss: () => belongsTo(Member),
  team: () => hasMany(Member, 'boss', { orderBy: '-name' }),
  sent: () => hasMany(Letter, 'sender', { orderBy: 'id' }),
  received: () => hasMany(Letter, 'receiver', { orderBy: 'id' }),
}) {}
class Letter extends Model({
  id: id(),
  senderId: int(),
  receiverId: int(),
  sender: () => belongsTo(Member),
  receiver: () => belongsTo(Member),
}) {}

/** Keys of two columns. */
class Line extends Model({
  orderId: int().primaryKey(),
  lineNo: int().primaryKey(),
  text: varchar(40),
  parcels: () => hasMany(Parcel, 'line', { orderBy: 'id' }),
  label: () => hasOne(Label, 'line'),
}) {}
class Parcel extends Model({
  id: id(),
  orderId: int().nullable(),
  lineNo: int().nullable(),
  line: () => belongsTo(Line, { via: ['orderId', 'lineNo'] }),
}) {}
class Label extends Model({
  orderId: int().primaryKey(),
  lineNo: int().primaryKey(),
  line: () => belongsTo(Line, { via: ['orderId', 'lineNo'] }),
}) {}

for (const database of databases()) {
  describe(`relations of all shapes on ${database.name}`, () => {
    // session 4.27
    it('orders a collection as its relation says, whichever way it is loaded', async (t) => {
      const { session } = await database.open(t, { Member, Letter })
      const setup = session()
      setup.add(
        new Member({ name: 'boss', team: ['b', 'c', 'a'].map((name) => new Member({ name })) }),
      )
      await setup.commit()
      const boss = session().select(Member).where({ name: 'boss' })
      assert.deepEqual(
        (await boss.with('team').one()).team.map(({ name }) => name),
        ['c', 'b', 'a'],
      )
      const other = await session().select(Member).where({ name: 'boss' }).one()
      assert.deepEqual(
        (await other.team.load()).map(({ name }) => name),
        ['c', 'b', 'a'],
      )
    })

    // session 4.28
    it('goes round a circle as deep as the path says', async (t) => {
      const { session, sent } = await database.open(t, { Member, Letter })
      const setup = session()
      setup.add(
        new Member({
          name: 'a',
          team: [
            new Member({
              name: 'b',
              team: [new Member({ name: 'c', team: [new Member({ name: 'd' })] })],
            }),
          ],
        }),
      )
      await setup.commit()
      const s = session()
      sent.clear()
      const top = await s.select(Member).where({ name: 'a' }).with('team.team.boss.boss').one()
      assert.deepEqual(targets(sent), ['select member', 'select member', 'select member'])
      const [second] = top.team
      const [third] = second?.team ?? []
      assert.equal(third?.boss?.boss, top)
      assert.ok(third)
      assert.deepEqual(inspect(third).unloaded, ['team', 'sent', 'received'])
    })

    it('tells two relations between two tables apart', async (t) => {
      const { session } = await database.open(t, { Member, Letter })
      const setup = session()
      const [ada, bob] = [new Member({ name: 'ada' }), new Member({ name: 'bob' })]
      setup.addAll([
        new Letter({ sender: ada, receiver: bob }),
        new Letter({ sender: ada, receiver: bob }),
        new Letter({ sender: bob, receiver: ada }),
      ])
      await setup.commit()
      const members = await session()
        .select(Member)
        .with('sent.receiver', 'received')
        .orderBy(Member.c.name)
        .all()
      assert.deepEqual(
        members.map(({ sent, received }) => [
          sent.map(({ receiver }) => receiver.name),
          received.length,
        ]),
        [
          [['bob', 'bob'], 1],
          [['ada'], 2],
        ],
      )
    })

    it('follows keys of several columns in both directions', async (t) => {
      const { session, sent } = await database.open(t, { Line, Parcel, Label })
      const setup = session()
      for (const [orderId, lineNo] of [
        [1, 2],
        [2, 1],
        [2, 2],
      ] as const) {
        setup.add(
          new Line({
            orderId,
            lineNo,
            text: `${orderId}.${lineNo}`,
            parcels: [new Parcel({}), new Parcel({})],
            ...(lineNo === 1 ? { label: new Label({}) } : {}),
          }),
        )
      }
      setup.add(new Parcel({}))
      await setup.commit()
      const s = session()
      sent.clear()
      const lines = await s.select(Line).with('parcels.line', 'label').orderBy(Line.c.text).all()
      assert.deepEqual(targets(sent), ['select line', 'select parcel'])
      assert.deepEqual(
        lines.map(({ text, parcels, label }) => [
          text,
          parcels.map(({ line }) => line?.text),
          label !== null,
        ]),
        [
          ['1.2', ['1.2', '1.2'], false],
          ['2.1', ['2.1', '2.1'], true],
          ['2.2', ['2.2', '2.2'], false],
        ],
      )
      const parcels = await session().select(Parcel).with('line').orderBy(Parcel.c.id).all()
      assert.deepEqual(
        parcels.map(({ line }) => line?.text),
        ['1.2', '1.2', '2.1', '2.1', '2.2', '2.2', undefined],
      )
      assert.equal(
        await s
          .select(Parcel)
          .where(Parcel.c.line.is(lines[0] ?? null))
          .count(),
        2,
      )
    })
  })
}
