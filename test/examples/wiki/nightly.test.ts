import assert from 'node:assert/strict'
import { it } from 'node:test'
import { msUntil, runNightly } from '../../../examples/wiki/jobs/nightly.ts'
import { describeOnEveryDatabase, editorOf, readable } from './support.ts'

describeOnEveryDatabase('the nightly job', (openWiki) => {
  // seed 28
  it('removes old revisions and unused tags, and makes the search index anew', async (t) => {
    const app = await openWiki(t, { keepRevisions: 2 })
    const editor = await editorOf(app)
    for (let version = 0; version < 5; version++)
      await editor.save('a', {
        body: `text ${version}`,
        tags: `tag${version}`,
        version: String(version),
      })
    await editor.save('b', { tags: 'kept' })
    await app.wiki.db.run(({ session }) => session.sql`delete from page_search`, {
      commit: 'onSuccess',
    })
    assert.deepEqual(await runNightly(app.wiki), { revisions: 3, tags: 4 })
    const history = readable((await editor.get('/history/a')).body)
    assert.match(history, /Version 5 current .*Version 4/)
    assert.doesNotMatch(history, /Version 3/)
    assert.match(readable((await editor.get('/tags')).body), /Tags kept 1 pages tag4 1 pages/)
    assert.match((await editor.get('/search?q=text')).markup, /href="\/wiki\/a"/)
    assert.deepEqual(await runNightly(app.wiki), { revisions: 0, tags: 0 })
  })

  it('is all or nothing', async (t) => {
    const app = await openWiki(t, { keepRevisions: 1 })
    const editor = await editorOf(app)
    await editor.save('a')
    await editor.save('a', { version: '1', body: 'two' })
    const broken = {
      ...app.wiki,
      search: { ...app.wiki.search, rebuild: () => Promise.reject(new Error('no space')) },
    }
    await assert.rejects(runNightly(broken), /no space/)
    assert.match(readable((await editor.get('/history/a')).body), /Version 2 current .*Version 1/)
  })

  it('comes at the next three o’clock', () => {
    assert.equal(msUntil(3, new Date(2026, 0, 1, 2, 59, 58)), 2000)
    assert.equal(msUntil(3, new Date(2026, 0, 1, 2, 59, 59, 999)), 86_400_001)
    assert.equal(msUntil(3, new Date(2026, 0, 1, 3, 0, 0)), 86_400_000)
    assert.equal(msUntil(3, new Date(2026, 0, 31, 23, 0, 0)), 4 * 3_600_000)
  })
})
