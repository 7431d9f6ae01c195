import assert from 'node:assert/strict'
import { it } from 'node:test'
import { StaleDataError } from 'athanor'
import { Page, Tag } from '../../../examples/wiki/models/index.ts'
import { revisePage } from '../../../examples/wiki/services/revise-page.ts'
import { describeOnEveryDatabase, editorOf, readable } from './support.ts'

describeOnEveryDatabase('a page that was changed meanwhile', (openWiki) => {
  // settled H13
  it('answers 409 with both versions, keeps the text, and lets the editor decide', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a', { title: 'Title', body: 'first line\nlast line' })
    await editor.save('a', {
      title: 'Title',
      body: 'first line of theirs\nlast line',
      tags: 'theirs',
      version: '1',
    })
    const late = await editor.save('a', {
      title: 'Mine',
      body: 'first line\nlast line of mine',
      tags: 'mine',
      version: '1',
    })
    assert.equal(late.statusCode, 409)
    const text = readable(late.body)
    assert.match(text, /Removed: first line of theirs/)
    assert.match(text, /Added: last line of mine/)
    assert.match(text, /Title Title Mine Tags theirs mine/)
    assert.match(
      late.body,
      /<textarea id="field:body"[^>]*>\nfirst line\nlast line of mine<\/textarea>/,
    )
    assert.match(late.markup, /name="version" value="2"/)
    assert.match((await editor.get('/wiki/a')).markup, /first line of theirs/)

    const decided = await editor.save('a', {
      title: 'Mine',
      body: 'first line of theirs\nlast line of mine',
      version: '2',
    })
    assert.equal(decided.statusCode, 303)
    assert.match(readable((await editor.get('/wiki/a')).body), /Version 3/)
  })

  it('is found out for a page that two editors begin at once', async (t) => {
    const editor = await editorOf(await openWiki(t))
    const answers = await Promise.all([
      editor.save('a', { body: 'one' }),
      editor.save('a', { body: 'two' }),
    ])
    assert.deepEqual(
      answers.map((answer) => answer.statusCode).toSorted((a, b) => a - b),
      [303, 409],
    )
  })

  // seed 16
  it('is found out for a page that was deleted, and what was begun for it is rolled back', async (t) => {
    const app = await openWiki(t)
    const { wiki } = app
    const editor = await editorOf(app)
    await editor.save('a')
    await editor.post('/pages/delete', { location: 'a', version: '1' })
    const late = await editor.save('a', { body: 'still mine', tags: 'ghost', version: '1' })
    assert.equal(late.statusCode, 409)
    assert.match(readable(late.body), /The page was deleted while you were writing/)
    assert.match(late.markup, /name="version" value="0"/)
    assert.match(readable((await editor.get('/tags')).body), /No page has a tag yet/)
    const ghosts = await wiki.db.run(({ session }) => session.select(Tag).count())
    assert.equal(ghosts, 0)
    assert.equal((await editor.save('a', { body: 'still mine' })).statusCode, 303)
  })

  it('is found out however many editors save at once: one wins each time', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a')
    for (let version = 1; version <= 3; version++) {
      const answers = await Promise.all(
        Array.from({ length: 5 }, (_, n) =>
          editor.save('a', { body: `version ${version} by ${n}`, version: String(version) }),
        ),
      )
      assert.deepEqual(
        answers.map((answer) => answer.statusCode).toSorted((a, b) => a - b),
        [303, 409, 409, 409, 409],
      )
    }
    assert.match(
      readable((await editor.get('/history/a')).body),
      /Version 4 current .*Version 3 .*Version 2 .*Version 1/,
    )
  })

  // session 3.28
  it('is found out between reading and writing, by the version in the UPDATE', async (t) => {
    const { wiki } = await openWiki(t)
    const draft = { location: 'a', title: 'A', body: 'one', tags: ['x'], summary: '', version: 0 }
    await wiki.db.run(() => revisePage(wiki, draft, null), { commit: 'onSuccess' })
    await wiki.db.run(async ({ session }) => {
      const page = await session.select(Page).where({ location: 'a' }).one()
      await wiki.db.run(() => revisePage(wiki, { ...draft, body: 'theirs', version: 1 }, null), {
        commit: 'onSuccess',
      })
      page.body = 'mine'
      await assert.rejects(session.flush(), StaleDataError)
      await session.rollback()
    })
  })

  it('leaves nothing of the edit that was too late: no tag, no revision, no words in the search', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a', { body: 'calm' })
    await editor.save('a', { body: 'peaceful', version: '1' })
    await editor.save('a', { body: 'volcanic', tags: 'lava', version: '1' })
    assert.match(readable((await editor.get('/tags')).body), /No page has a tag yet/)
    assert.doesNotMatch((await editor.get('/history/a')).markup, /Version 3/)
    assert.match(
      readable((await editor.get('/search?q=volcanic')).body),
      /No page has all of these words/,
    )
  })
})
