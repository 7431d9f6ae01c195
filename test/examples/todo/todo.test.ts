import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Todo } from '../../../examples/todo/models.ts'
import { Sent } from '../../support/sent.ts'
import { describeOnEveryDatabase } from '../support/on-every-database.ts'
import type { Visitor } from '../support/visitor.ts'
import { openList } from './support.ts'

const add = (visitor: Visitor, title: string) =>
  visitor.post('/new', { title, text: `what ${title} takes` })

const titles = (body: string) =>
  Array.from(body.matchAll(/<strong[^>]*>(.*?)<\/strong>/g), ([, title]) => title)

describeOnEveryDatabase('the todo list', (database) => {
  it('begins with nothing', async (t) => {
    const { visitor } = await openList(t, database)
    const { status, body } = await visitor.get('/')
    assert.equal(status, 200)
    assert.match(body, /Nothing is on the list/)
    assert.equal((await visitor.get('/style.css')).status, 200)
  })

  it('takes items, says so once, and shows the newest first', async (t) => {
    const { db, visitor } = await openList(t, database)
    assert.equal((await visitor.get('/new')).status, 200)
    const { status, location } = await add(visitor, 'shop')
    assert.deepEqual([status, location], [303, '/'])
    await add(visitor, '<b>cook</b>')
    const { body } = await visitor.get('/')
    assert.deepEqual(titles(body), ['&lt;b&gt;cook&lt;/b&gt;', 'shop'])
    assert.ok(body.includes('what shop takes') && body.includes('It is on the list.'))
    assert.doesNotMatch((await visitor.get('/')).body, /It is on the list/)
    const todo = await db.run(() => db.session.getOne(Todo, 1))
    assert.deepEqual([todo.title, todo.text, todo.done], ['shop', 'what shop takes', false])
  })

  it('needs a title and a text', async (t) => {
    const { db, visitor } = await openList(t, database)
    for (const [form, problem] of [
      [{ title: '', text: 'kept' }, 'Please give it a title.'],
      [{ title: 'kept', text: ' ' }, 'Please say what is to be done.'],
      [{}, 'Please give it a title.'],
    ] as const) {
      const { status, body } = await visitor.post('/new', form)
      assert.equal(status, 422)
      assert.ok(body.includes(problem))
      assert.ok('title' in form === body.includes('kept'))
    }
    assert.equal(await db.run(() => Todo.query().count()), 0)
  })

  it('marks as done what is checked, and nothing else', async (t) => {
    const { db, visitor } = await openList(t, database)
    for (const title of ['a', 'b', 'c']) await add(visitor, title)
    const done = () =>
      db.run(async () => (await Todo.query().orderBy(Todo.c.id).all()).map((todo) => todo.done))
    const { status, location } = await visitor.post('/update', { 'done.1': 'on', 'done.3': 'on' })
    assert.deepEqual([status, location], [303, '/'])
    assert.deepEqual(await done(), [true, false, true])
    const { body } = await visitor.get('/')
    assert.match(body, /The list is saved/)
    assert.equal(body.match(/checked/g)?.length, 2)
    await visitor.post('/update', { 'done.2': 'on', 'done.3': 'on' })
    assert.deepEqual(await done(), [false, true, true])
    await visitor.post('/update')
    assert.deepEqual(await done(), [false, false, false])
  })

  it('writes only the items that changed, before the answer leaves', async (t) => {
    const { db, visitor } = await openList(t, database)
    for (const title of ['a', 'b']) await add(visitor, title)
    const sent = new Sent(db.engine)
    await visitor.post('/update', { 'done.2': 'on' })
    assert.deepEqual(sent.kinds(), ['select', 'begin', 'update', 'commit'])
    await visitor.post('/update', { 'done.2': 'on' })
    assert.deepEqual(sent.kinds(), ['select'])
  })

  it('takes no form of another site, and no notice but its own', async (t) => {
    const { db, visitor } = await openList(t, database)
    const body = new URLSearchParams({ title: 'a', text: 'b' })
    const headers = { origin: 'https://elsewhere.test' }
    const response = await fetch(`${visitor.base}/new`, { method: 'POST', body, headers })
    assert.equal(response.status, 403)
    assert.equal(await db.run(() => Todo.query().count()), 0)
    visitor.cookies.set('todo_notice', 'added.forged')
    assert.doesNotMatch((await visitor.get('/')).body, /It is on the list/)
  })
})
