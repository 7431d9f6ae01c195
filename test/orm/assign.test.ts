import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ArgumentError,
  assign,
  belongsTo,
  bytes,
  check,
  CheckViolationError,
  id,
  int,
  InvalidInputError,
  isClientError,
  json,
  Model,
  NotFoundError,
  oneOf,
  text,
  varchar,
} from 'athanor'
import { databases } from '../support/databases.ts'
import { failure } from './support.ts'

class User extends Model({ id: id(), name: varchar(80) }) {}
class Note extends Model(
  {
    id: id(),
    title: varchar(8),
    text: text(),
    mood: oneOf('glad', 'sad').default('glad'),
    place: int().nullable(),
    stars: int(),
    author: () => belongsTo(User),
    authorId: int(),
  },
  { checks: (c) => [check(c.stars.gte(0))] },
) {}

const author = new User({ name: 'ada' })
const others = { stars: 1, author }

/** What the client is told of a body, and which property it is about. */
async function refusal(body: unknown): Promise<unknown[]> {
  const error = await failure('INVALID_INPUT', [], () =>
    assign(Note, body, ['title', 'text', 'mood', 'place'], others),
  )
  assert.ok(error instanceof InvalidInputError)
  return [error.message, error.property, error.expected]
}

describe('assign() with a class', () => {
  // settled H18
  it('makes an object of what is named and of what the program adds, and of nothing else', () => {
    const body = { title: 'one', text: '', id: 9, stars: 5, authorId: 9, isAdmin: true }
    const note = assign(Note, body, ['title', 'text', 'mood', 'place'], others)
    assert.ok(note instanceof Note)
    assert.deepEqual(
      [note.title, note.text, note.mood, note.place, note.stars, note.id],
      ['one', '', 'glad', null, 1, undefined],
    )
    assert.equal(note.author, author)
    assert.equal('isAdmin' in note, false)
  })

  it('asks for columns that have no default, among those that are named', async () => {
    const missing = '"title" is missing, and must be a string of at most 8 characters.'
    for (const body of [
      { text: '' },
      { title: undefined, text: '' },
      Object.create({ title: 'x' }),
    ])
      assert.deepEqual(await refusal(body), [missing, 'title', 'a string of at most 8 characters'])
    const alone = await failure('INVALID_INPUT', ['"authorId" is missing'], () =>
      assign(Note, {}, ['authorId'], { title: '', text: '', stars: 1 }),
    )
    assert.equal((alone as InvalidInputError).property, 'authorId')
    assign(Note, {}, ['authorId'], { title: '', text: '', stars: 1, author })
  })

  it('blames the program for what only the program can give', async () => {
    const rest = [] as never as [typeof others]
    const error = await failure('ARGUMENT', ['"stars"'], () =>
      assign(Note, { title: '', text: '' }, ['title', 'text'], ...rest),
    )
    assert.equal(isClientError(error), false)
  })
})

describe('a body that cannot be taken', () => {
  it('is answered by what the property must be, without a word of models and tables', async () => {
    const good = { title: 'one', text: 'x' }
    const cases: readonly (readonly [object, string])[] = [
      [{ title: 'nine chars' }, '"title" must be a string of at most 8 characters.'],
      [{ text: 5 }, '"text" must be a string.'],
      [{ text: null }, '"text" must be a string.'],
      [{ text: ['x'] }, '"text" must be a string.'],
      [{ mood: 'cross' }, `"mood" must be one of 'glad', 'sad'.`],
      [{ place: '5' }, '"place" must be an integer within ±9007199254740991.'],
      [{ place: 1.5 }, '"place" must be an integer within ±9007199254740991.'],
    ]
    for (const [bad, message] of cases)
      assert.deepEqual((await refusal({ ...good, ...bad }))[0], message)
  })

  it('is refused for text that some database could not store', () => {
    class Page extends Model({
      id: id(),
      title: varchar(8),
      meta: json<unknown>().nullable(),
      file: bytes().nullable(),
    }) {}
    const expected = 'text without NUL characters and halves of characters'
    for (const body of [
      { title: 'a\0' },
      { title: '\uD800' },
      { title: 'a', meta: { deep: ['b\0'] } },
      { title: 'a', meta: { 'c\0': 1 } },
    ])
      assert.throws(() => assign(Page, body, ['title', 'meta']), {
        code: 'INVALID_INPUT',
        expected,
      })
    const fine = {
      title: '\u{1F30D}',
      meta: { deep: [null, 1, '\u{1F30D}'] },
      file: new Uint8Array(1),
    }
    assert.deepEqual(assign(Page, fine, ['title', 'meta', 'file']).meta, fine.meta)
  })

  it('may be anything that JSON can say, and nothing at all', async () => {
    for (const body of [null, undefined, 'text', 5, true, [], [{ title: 'one' }]]) {
      assert.deepEqual(await refusal(body), ['Send an object.', undefined, 'an object'])
      const note = assign(Note, { title: 'one', text: '' }, ['title', 'text'], others)
      await failure('INVALID_INPUT', ['Send an object.'], () => assign(note, body, ['title']))
    }
    const parsed: unknown = JSON.parse('{"__proto__":{"title":"x"},"text":"y"}')
    assert.equal((await refusal(parsed))[1], 'title')
  })

  it('is no excuse for a column that does not exist', async () => {
    const note = assign(Note, { title: 'one', text: '' }, ['title', 'text'], others)
    for (const target of [note, Note]) {
      const error = await failure('ARGUMENT', ['Note.titel', '"title"'], () =>
        assign(target as never, null, ['titel' as never]),
      )
      assert.ok(error instanceof ArgumentError)
      assert.equal(error instanceof InvalidInputError, false)
    }
  })
})

describe('an error that was made for clients', () => {
  it('is told by isClientError, whoever has made it', () => {
    const foreign = Object.assign(new Error('Not you.'), { statusCode: 403, expose: true })
    for (const error of [
      new NotFoundError('Not found.'),
      new InvalidInputError('A note needs a title.', { status: 422 }),
      foreign,
    ])
      assert.equal(isClientError(error), true)
    for (const error of [
      new Error('secret'),
      new ArgumentError('secret'),
      Object.assign(new Error('secret'), { statusCode: 400 }),
      Object.assign(new Error('secret'), { statusCode: 400, expose: false }),
      Object.assign(new Error('secret'), { statusCode: 503, expose: true }),
      { message: 'secret', statusCode: 400, expose: true },
      null,
      undefined,
    ])
      assert.equal(isClientError(error), false)
  })
})

for (const database of databases()) {
  describe(`what a client sends on ${database.name}`, () => {
    it('is stored, where the checks of the model let it', async (t) => {
      const { session } = await database.open(t, { User, Note })
      const s = session()
      const ada = s.add(new User({ name: 'ada' }))
      const body = { title: 'one', text: 'x', stars: 3 }
      s.add(assign(Note, body, ['title', 'text', 'stars'], { author: ada }))
      await s.commit()
      const note = await session().select(Note).one()
      assert.deepEqual([note.title, note.stars, note.authorId], ['one', 3, ada.id])
      assign(note, { stars: -1 }, ['stars'])
      const again = session()
      again.add(
        assign(Note, { ...body, stars: -1 }, ['title', 'text', 'stars'], { authorId: ada.id }),
      )
      await assert.rejects(again.commit(), CheckViolationError)
    })
  })
}
