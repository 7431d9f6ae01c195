import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  bigint,
  custom,
  date,
  decimal,
  id,
  localTimestamp,
  Model,
  sql,
  time,
  timestamp,
  varchar,
  type RowQuery,
  type Session,
} from 'athanor'
import { databases } from '../../support/databases.ts'

/** Fails at what is no text. */
const lowerCase = {
  sqlType: 'varchar(10)',
  encode: (value: string) => value.toLowerCase(),
  decode: (stored: string) => stored,
}

class Note extends Model({
  id: id(),
  name: varchar(20),
  day: date().default('2026-01-01'),
  hour: time().default('12:30:00'),
  local: localTimestamp().default('2026-01-01 12:30:00'),
  at: timestamp().default(new Date(0)),
  big: bigint().default(1n),
  price: decimal(6, 2).default('1.00'),
  tone: custom(lowerCase).default('low'),
}) {}

const badCursor = { name: 'NotFoundError', code: 'BAD_CURSOR', statusCode: 404 }

/** What stands in a cursor, and a cursor of that. */
const listOf = (cursor: unknown): unknown[] =>
  JSON.parse(Buffer.from(String(cursor), 'base64url').toString()) as unknown[]
const cursorOf = (list: unknown): string => Buffer.from(JSON.stringify(list)).toString('base64url')

for (const database of databases()) {
  describe(`a cursor that a client has made up, on ${database.name}`, () => {
    async function openNotes(t: TestContext): Promise<Session> {
      const s = (await database.open(t, { Note }, { diagnostics: false })).session()
      s.addAll(['a', 'b'].map((name) => new Note({ name })))
      await s.commit()
      return s
    }

    // settled M9
    it('is BAD_CURSOR where the database would refuse to look for its place, else a page', async (t) => {
      const s = await openNotes(t)
      const places: readonly [RowQuery<unknown>, unknown[]][] = [
        [s.select(Note).orderBy(Note.c.name), ['a\0', 1]],
        [s.select(Note).orderBy(Note.c.name), ['\uD800', 1]],
        [s.select(Note).orderBy(Note.c.name), ['longer than the column is', 1]],
        [s.select(Note).orderBy(sql<string>`lower(${Note.c.name})`), ['a\0', 1]],
        [s.select(Note).orderBy(Note.c.id), [Number.MAX_SAFE_INTEGER]],
      ]
      for (const [query, place] of places) {
        const { endCursor } = await query.paginateKeyset({ size: 1 })
        const [digest] = listOf(endCursor)
        const answer = await query.paginateKeyset({ after: cursorOf([digest, 0, ...place]) }).then(
          () => 'PAGE',
          ({ code }: { code?: string }) => code,
        )
        const expected = database.supports.checksComparands ? 'BAD_CURSOR' : 'PAGE'
        const isRefused = place.some((value) => /\0|\uD800/u.test(String(value)))
        assert.equal(answer, isRefused ? expected : 'PAGE', JSON.stringify(place))
      }
    })

    // settled M9
    it('is BAD_CURSOR where its place is a value that no row can have', async (t) => {
      const s = await openNotes(t)
      const places = [
        [Note.c.day, '2026-02-30'],
        [Note.c.day, '2026-13-01'],
        [Note.c.day, '0000-01-01'],
        [Note.c.hour, '25:00:00'],
        [Note.c.local, '2026-01-01 12:61:00'],
        [Note.c.local, '2026-13-01 12:30:00'],
        [Note.c.at, { d: '2026-13-01T00:00:00.000Z' }],
        [Note.c.at, { d: '+012026-01-01T00:00:00.000Z' }],
        [Note.c.big, { n: String(2n ** 64n) }],
        [Note.c.price, '123456.00'],
      ] as const
      for (const [column, value] of places) {
        const query = s.select(Note).orderBy(column)
        const { endCursor } = await query.paginateKeyset({ size: 1 })
        const [digest, mode, , key] = listOf(endCursor)
        const after = cursorOf([digest, mode, value, key])
        await assert.rejects(query.paginateKeyset({ after }), badCursor, JSON.stringify(value))
      }
    })

    it('is BAD_CURSOR where a codec of the program does not know its value', async (t) => {
      const s = await openNotes(t)
      const query = s.select(Note).orderBy(Note.c.tone)
      const { endCursor } = await query.paginateKeyset({ size: 1 })
      const [digest, mode, , key] = listOf(endCursor)
      const page = await query.paginateKeyset({ after: cursorOf([digest, mode, 'high', key]) })
      assert.equal(page.items.length, 2)
      for (const tone of [1, { d: '2026-01-01' }])
        await assert.rejects(
          query.paginateKeyset({ after: cursorOf([digest, mode, tone, key]) }),
          badCursor,
        )
    })
  })
}
