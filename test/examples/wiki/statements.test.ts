import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { describeOnEveryDatabase, editorOf, type Visitor } from './support.ts'

/** How many statements a request sends to the database. */
async function statementsOf(
  app: FastifyInstance,
  request: () => Promise<unknown>,
): Promise<number> {
  let count = 0
  const listener = app.wiki.db.engine.events.on('statement', () => count++)
  await request()
  listener[Symbol.dispose]()
  return count
}

async function filled(app: FastifyInstance): Promise<{ app: FastifyInstance; editor: Visitor }> {
  const editor = await editorOf(app)
  await editor.save('few', { body: '[[p1]]', tags: 'tag' })
  const many = Array.from({ length: 12 }, (_, n) => `tag${n}`).join(', ')
  for (let n = 0; n < 12; n++)
    await editor.save(`p${n}`, {
      tags: `${many}, all`,
      body: Array.from({ length: 12 }, (_, to) => `[[p${to}]]`).join(' '),
    })
  for (let n = 0; n < 12; n++)
    await editor.post('/comments', { page: '2', parent: String(n), body: `number ${n}` })
  return { app, editor }
}

describeOnEveryDatabase('the number of statements', (openWiki) => {
  it('of a page does not grow with its tags, links and comments', async (t) => {
    const { app, editor } = await filled(await openWiki(t))
    const few = await statementsOf(app, () => editor.get('/wiki/few'))
    const many = await statementsOf(app, () => editor.get('/wiki/p0'))
    assert.equal(many, few)
    assert.ok(
      many <= 5,
      `${many}: the editor, the page, its tags, its comments, which of its links exist`,
    )
  })

  // session 4.18
  it('of a list does not grow with its items', async (t) => {
    const { app, editor } = await filled(await openWiki(t))
    assert.equal(
      await statementsOf(app, () => editor.get('/pages/list/all')),
      await statementsOf(app, () => editor.get('/pages/list/tag')),
    )
    for (const path of ['/pages', '/recent', '/tags', '/history/p0', '/search?q=p1']) {
      const count = await statementsOf(app, () => editor.get(path))
      assert.ok(count <= 4, `${path} sends ${count}`)
    }
  })

  it('of an answer that needs no database is none', async (t) => {
    const { app } = await filled(await openWiki(t))
    for (const path of ['/static/wiki.css', '/login', '/nowhere', '/wiki/.git', '/search'])
      assert.equal(await statementsOf(app, () => app.inject(path)), 0, path)
  })
})
