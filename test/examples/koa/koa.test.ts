import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { createApp } from '../../../examples/koa/app.ts'
import { createDatabase, type NotesDatabase } from '../../../examples/koa/database.ts'
import { Note } from '../../../examples/koa/models.ts'
import { serve } from '../../adapters/support/server.ts'
import type { DatabaseKind } from '../../support/databases.ts'
import { describeOnEveryDatabase } from '../support/on-every-database.ts'
import { openDatabase } from '../support/open-database.ts'
import { Visitor, type Answer } from '../support/visitor.ts'

async function openNotes(
  t: TestContext,
  database: DatabaseKind,
  titles: readonly string[] = [],
): Promise<{ db: NotesDatabase; visitor: Visitor }> {
  const db = await openDatabase(t, database, createDatabase)
  const notes = titles.map((title) => new Note({ title, text: `about ${title}` }))
  await db.run(({ session }) => session.addAll(notes), { commit: 'onSuccess' })
  return { db, visitor: new Visitor(await serve(t, createApp(db).callback())) }
}

interface PageOfNotes {
  readonly items: readonly { readonly title: string }[]
  readonly total: number
  readonly pages: number
  readonly hasNext: boolean
}

const pageOf = ({ body }: Answer) => JSON.parse(body) as PageOfNotes
const titlesOf = (answer: Answer) => pageOf(answer).items.map(({ title }) => title)
const noteOf = ({ body }: Answer) => JSON.parse(body) as Record<string, unknown>

describeOnEveryDatabase('the notes', (database) => {
  it('are created, read, changed and deleted', async (t) => {
    const { visitor } = await openNotes(t, database)
    const created = await visitor.json('POST', '/notes', { title: 'a', text: 'b' })
    assert.deepEqual([created.status, created.location], [201, '/notes/1'])
    const { id, title, text, createdAt } = noteOf(created)
    assert.deepEqual([id, title, text], [1, 'a', 'b'])
    assert.deepEqual(noteOf(await visitor.get('/notes/1')), { id, title, text, createdAt })
    const changed = await visitor.json('PATCH', '/notes/1', { title: 'c' })
    assert.deepEqual([changed.status, noteOf(changed)['title']], [200, 'c'])
    assert.deepEqual(noteOf(await visitor.get('/notes/1')), { id, title: 'c', text, createdAt })
    assert.equal((await visitor.send('/notes/1', { method: 'DELETE' })).status, 204)
    assert.equal((await visitor.get('/notes/1')).status, 404)
  })

  it('come in pages, the newest first', async (t) => {
    const all = Array.from({ length: 25 }, (_, index) => `note ${index + 1}`)
    const { visitor } = await openNotes(t, database, all)
    const first = await visitor.get('/notes')
    assert.deepEqual(titlesOf(first), all.slice(5).toReversed())
    const { total, pages, hasNext } = pageOf(first)
    assert.deepEqual([total, pages, hasNext], [25, 2, true])
    const last = await visitor.get('/notes?page=3&per_page=10')
    assert.deepEqual(titlesOf(last), all.slice(0, 5).toReversed())
    assert.equal(pageOf(last).hasNext, false)
    assert.equal(pageOf(await visitor.get('/notes?per_page=100000')).items.length, 25)
  })

  // web 68
  // web 69
  it('have no page that is no number or behind the last one', async (t) => {
    const { visitor } = await openNotes(t, database, ['a'])
    for (const page of ['2', '0', '-1', 'x', '1.5', '1e3', '%2B1', '99999999999999999999']) {
      const { status, body } = await visitor.get(`/notes?page=${page}`)
      assert.equal(status, 404, page)
      assert.deepEqual(JSON.parse(body), { message: 'There is no such page.' })
    }
  })

  it('are found by a word of their title', async (t) => {
    const { visitor } = await openNotes(t, database, ['red wine', 'white wine', '100% juice'])
    assert.deepEqual(titlesOf(await visitor.get('/notes?q=wine')), ['white wine', 'red wine'])
    assert.deepEqual(titlesOf(await visitor.get('/notes?q=%25')), ['100% juice'])
    assert.deepEqual(titlesOf(await visitor.get('/notes?q=x')), [])
  })

  it('refuse what is no note, and stay as they are', async (t) => {
    const { db, visitor } = await openNotes(t, database, ['a'])
    for (const body of [
      { title: '' },
      { title: 'x'.repeat(201) },
      { title: 5 },
      { text: null },
      { title: ['b'] },
      [],
    ]) {
      for (const [method, path] of [
        ['POST', '/notes'],
        ['PATCH', '/notes/1'],
      ] as const)
        assert.equal((await visitor.json(method, path, body)).status, 400, JSON.stringify(body))
    }
    assert.equal((await visitor.send('/notes', { method: 'POST', body: '{' })).status, 400)
    const notes = await db.run(() => Note.query().all())
    assert.deepEqual(
      notes.map(({ title, text }) => [title, text]),
      [['a', 'about a']],
    )
  })

  it('take nothing but title and text from a client', async (t) => {
    const { visitor } = await openNotes(t, database, ['a'])
    const changed = await visitor.json('PATCH', '/notes/1', { id: 7, createdAt: 0, title: 'b' })
    assert.deepEqual([noteOf(changed)['id'], noteOf(changed)['title']], [1, 'b'])
    assert.notEqual(noteOf(changed)['createdAt'], 0)
  })

  it('that do not exist are 404, and other methods 405', async (t) => {
    const { visitor } = await openNotes(t, database)
    for (const id of ['1', '0', 'x', '1e3']) {
      const { status, body } = await visitor.get(`/notes/${id}`)
      assert.equal(status, 404)
      assert.deepEqual(JSON.parse(body), { message: 'There is no such note.' })
    }
    assert.equal((await visitor.json('PATCH', '/notes/1', { title: 'a' })).status, 404)
    assert.equal((await visitor.json('PUT', '/notes/1', {})).status, 405)
    assert.equal((await visitor.get('/elsewhere')).status, 404)
  })
})
