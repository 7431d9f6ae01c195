import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { float, id, int, Model, sql, text, varchar } from 'athanor'
import { databases } from '../support/databases.ts'
import { failure } from './support.ts'

class Sheet extends Model({
  id: id(),
  size: int().nullable(),
  ratio: float().nullable(),
  title: varchar(20).nullable(),
  body: text().nullable(),
}) {}

/** Columns, what somebody else stores in them, and what messages call that. */
const WRONG = [
  ['size', sql`9007199254740993`, 'bigint'],
  ['size', sql`'many'`, 'text'],
  ['ratio', sql`x'00ff'`, 'bytes'],
  ['title', sql`x'00ff'`, 'bytes'],
  ['body', sql`x'00ff'`, 'bytes'],
] as const

for (const database of databases()) {
  const anything = database.needs('columns that take any value', database.facts.takesAnyValue)
  describe(`values that somebody else has stored on ${database.name}`, () => {
    it(
      'are refused at the load when their column cannot hold them, and null is not',
      anything,
      async (t) => {
        const { session } = await database.open(t, { Sheet })
        const s = session()
        await s.insert(Sheet).values([{ title: 'good', size: null, ratio: 1, body: null }])
        for (const [column, value, form] of WRONG) {
          await s.sql`insert into ${Sheet} (${sql.ref(column)}) values (${value})`
          const error = await failure('DATA', [form, 'Correct the row'], () =>
            s.select(Sheet).all(),
          )
          assert.ok(!error.message.includes('9007199254740993'), 'a value in a message')
          const [good] = await s.select(Sheet).where({ title: 'good' }).all()
          assert.deepEqual([good?.size, good?.ratio, good?.body], [null, 1, null])
          await s.deleteFrom(Sheet).where(Sheet.c.id.ne(good?.id ?? 0))
        }
      },
    )

    it('are refused when an object that is in memory is read again', anything, async (t) => {
      const { session } = await database.open(t, { Sheet })
      const s = session()
      const sheet = s.add(new Sheet({ size: 1 }))
      await s.commit()
      await s.sql`update ${Sheet} set size = 'many'`
      await failure('DATA', ['text'], () => s.refresh(sheet))
      assert.equal(sheet.size, 1)
    })
  })
}
