import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isChangeOf, type Change, type RowChange } from 'athanor'
import { databases } from '../support/databases.ts'
import { defineStaff, STORAGES } from '../support/staff.ts'

/** The rows' changes, apart from bulk statements. */
const rowsOf = (changes: readonly Change[]): RowChange[] =>
  changes.filter((change) => change.kind !== 'bulk')

/** The values on one side, by property. */
const values = ({ columns }: RowChange, side: 'old' | 'new'): Record<string, unknown> =>
  Object.fromEntries(Object.entries(columns).map(([name, change]) => [name, change[side]]))

for (const storage of STORAGES) {
  const staff = defineStaff(storage)
  const { Engineer, Lead, Manager, Staff } = staff
  const models = [Staff, Engineer, Lead, Manager]

  for (const database of databases()) {
    describe(`change signals of models that inherit in ${storage} on ${database.name}`, () => {
      async function openStaff(t: Parameters<typeof database.open>[0]) {
        const { db } = await database.open(t, staff, { trackModifications: true })
        const heard: Change[] = []
        db.on('afterCommit', (changes) => {
          heard.push(...changes)
        })
        return { db, told: () => rowsOf(heard.splice(0)) }
      }

      it('tell the columns of the object’s own model, wherever they stand in the table', async (t) => {
        const { db, told } = await openStaff(t)
        await db.run(({ session }) => session.add(new Lead({ name: 'ada', level: 7 })), {
          commit: 'onSuccess',
        })
        const [made] = told()
        assert.ok(made !== undefined && isChangeOf(made, Lead))
        assert.equal(made.kind, 'insert')
        assert.deepEqual(values(made, 'new'), {
          id: made.identity,
          kind: 'lead',
          name: 'ada',
          teamId: null,
          budget: null,
          level: 7,
          language: 'TypeScript',
          mentorId: null,
        })
      })

      it('are changes of the model’s bases too, and of no model beside or below it', async (t) => {
        const { db, told } = await openStaff(t)
        await db.run(({ session }) => session.add(new Engineer({ name: 'ada', level: 1 })), {
          commit: 'onSuccess',
        })
        const [made] = told()
        assert.equal(made?.model, Engineer)
        const recognised = models.filter((model) => made !== undefined && isChangeOf(made, model))
        assert.deepEqual(recognised, [Staff, Engineer])
      })

      it('tell a row that goes over to another model as a delete of the one and an insert of the other', async (t) => {
        const { db, told } = await openStaff(t)
        await db.run(async ({ session }) => {
          const ada = session.add(new Engineer({ name: 'ada', level: 7 }))
          await session.commit()
          told()
          const { id } = ada
          session.delete(ada)
          session.add(new Manager({ id, name: 'ada', car: 'blue' }))
          await session.commit()
          const changes = told()
          const spelled = changes.map(({ kind, model, identity }) => [kind, model, identity])
          assert.deepEqual(spelled, [
            ['delete', Engineer, id],
            ['insert', Manager, id],
          ])
          const [gone, made] = changes
          assert.ok(gone !== undefined && made !== undefined)
          assert.equal(values(gone, 'old')['level'], 7)
          assert.equal(values(made, 'new')['car'], 'blue')
        })
      })

      it('tell the same of a row that goes over in a savepoint', async (t) => {
        const { db, told } = await openStaff(t)
        await db.run(async ({ session }) => {
          const ada = session.add(new Engineer({ name: 'ada', level: 7 }))
          await session.commit()
          told()
          const { id } = ada
          ada.level = 8
          await session.beginNested(async () => {
            session.delete(ada)
            await session.flush()
            session.add(new Manager({ id, name: 'ada' }))
          })
          await session.commit()
          const changes = told()
          assert.deepEqual(
            changes.map(({ kind, model }) => [kind, model]),
            [
              ['delete', Engineer],
              ['insert', Manager],
            ],
          )
          assert.equal(changes[0] === undefined ? undefined : values(changes[0], 'old')['level'], 7)
        })
      })
    })
  }
}
