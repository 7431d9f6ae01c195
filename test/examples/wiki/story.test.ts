import assert from 'node:assert/strict'
import { join } from 'node:path'
import { it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { Page, Setting, Tag } from '../../../examples/wiki/models/index.ts'
import { describeOnEveryDatabase, editorOf, readable } from './support.ts'

/** The helper of the story: for the sake of a path it opens a scope of its own, and leaves it. */
function fileOf({ wiki }: FastifyInstance, location: string): Promise<string> {
  return wiki.db.run(() => join('pages', `${location}.md`), { name: 'configuration' })
}

describeOnEveryDatabase(
  'the story that the project began with: a helper opens a scope in the middle of a request',
  (openWiki) => {
    // seed 9
    it('and the page that the request has loaded stays its own: attached, loadable, stored', async (t) => {
      const app = await openWiki(t)
      const { db } = app.wiki
      app.get('/story', async () => {
        const page = await Page.query().where({ location: 'a' }).one()
        const file = await fileOf(app, page.location)
        await db.run(({ session }) => session.select(Setting).all(), { name: 'settings' })
        const attached = db.session.has(page)
        const editor = await page.editor?.load()
        page.tags.set([new Tag({ name: 'stored' })])
        return { attached, file, editor: editor?.name }
      })
      const editor = await editorOf(app)
      await editor.save('a', { tags: 'replaced' })
      const answer = await editor.get('/story')
      assert.deepEqual(answer.json(), {
        attached: true,
        file: join('pages', 'a.md'),
        editor: 'admin',
      })
      assert.match(readable((await editor.get('/tags')).body), /Tags stored 1 pages Every/)
    })

    // seed 10
    it('and takes no connection when all it wants is configuration', async (t) => {
      const app = await openWiki(t)
      const { engine } = app.wiki.db
      const before = engine.status.checkouts
      assert.equal(await fileOf(app, 'a/b'), join('pages', 'a/b.md'))
      assert.equal(engine.status.checkouts, before)
      await app.wiki.db.run(({ session }) => session.select(Setting).all())
      assert.ok(engine.status.checkouts > before, 'the count counts')
    })
  },
)
