import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DeadlockError } from 'athanor'
import { Page, Setting } from '../../../examples/wiki/models/index.ts'
import { Visitor, describeOnEveryDatabase, editorOf, readable } from './support.ts'

describeOnEveryDatabase('what goes wrong', (openWiki) => {
  it('is a page with a way on: 404, 400', async (t) => {
    const visitor = new Visitor(await openWiki(t))
    for (const [path, status, title] of [
      ['/nowhere', 404, 'There is nothing here'],
      ['/%E0%A4%A', 400, 'This address cannot be read'],
      ['/pages?page=x', 400, 'This address cannot be read'],
    ] as const) {
      const answer = await visitor.get(path)
      assert.equal(answer.statusCode, status)
      assert.match(String(answer.headers['content-type']), /^text\/html/)
      assert.match(answer.markup, new RegExp(`<h1>${title}</h1>`))
      assert.match(answer.markup, /href="\/pages"/)
    }
  })

  it('is 413 for a body that is too large', async (t) => {
    const editor = await editorOf(await openWiki(t, { bodyLimit: 20_000 }))
    const answer = await editor.save('a', { body: 'x'.repeat(20_000) })
    assert.equal(answer.statusCode, 413)
    assert.match(readable(answer.body), /This is too much at once/)
    assert.equal((await editor.get('/wiki/a')).statusCode, 404)
  })

  it('is 503 where the same request may succeed in a moment, and nothing of it is stored', async (t) => {
    const app = await openWiki(t)
    app.get('/unlucky', () => {
      app.wiki.db.session.add(new Setting({ key: 'half', value: 'done' }))
      throw new DeadlockError('Two transactions waited for each other.')
    })
    const answer = await new Visitor(app).get('/unlucky')
    assert.deepEqual([answer.statusCode, answer.headers['retry-after']], [503, '1'])
    assert.match(readable(answer.body), /The wiki is busy Nothing was saved/)
    const half = await app.wiki.db.run(({ session }) => session.get(Setting, 'half'))
    assert.equal(half, null)
  })

  it('is 500 with the number of the request, and nothing of the error, for what nobody thought of', async (t) => {
    const app = await openWiki(t)
    const editor = await editorOf(app)
    await app.wiki.db.run(({ session }) => session.sql`drop table page_search`, {
      commit: 'onSuccess',
    })
    const answer = await editor.save('a')
    assert.equal(answer.statusCode, 500)
    assert.match(readable(answer.body), /Something went wrong .* Request req-/)
    assert.doesNotMatch(answer.markup, /page_search|sqlite|at .*\.ts/i)
    // web 35
    assert.equal(
      (await editor.get('/wiki/a')).statusCode,
      404,
      'the page is rolled back with its index',
    )
    const rows = await app.wiki.db.run(({ session }) => session.select(Page).count())
    assert.equal(rows, 0)
  })
})
