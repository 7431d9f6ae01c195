import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Visitor, describeOnEveryDatabase, editorOf, readable } from './support.ts'

describeOnEveryDatabase('the history of a page', (openWiki) => {
  it('lists its versions and shows each of them', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a', { title: 'Old', body: 'old text', tags: 'x', summary: 'began' })
    await editor.save('a', { title: 'New', body: 'new text', version: '1' })
    const list = await editor.get('/history/a')
    assert.match(
      readable(list.body),
      /Version 2 current .*, by admin .*Version 1 .*, by admin began/,
    )
    const old = await editor.get('/history/a?version=1')
    assert.match(
      readable(old.body),
      /Old Read Edit History Delete This is version 1 of 2: .*, by admin\. began .* x old text/,
    )
    assert.equal((await editor.get('/history/a?version=3')).statusCode, 404)
    assert.equal((await editor.get('/history/b')).statusCode, 404)
    assert.equal((await editor.get('/history/a?page=2')).statusCode, 404)
  })

  it('compares two versions, the older one first', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a', { title: 'Old', body: 'same\nold text', tags: 'x' })
    await editor.save('a', { title: 'New', body: 'same\nnew text', version: '1' })
    for (const query of ['from=1&to=2', 'from=2&to=1']) {
      const answer = await editor.get(`/diff/a?${query}`)
      assert.match(answer.markup, /<del>old<\/del> text[\s\S]*<ins>new<\/ins> text/)
      assert.match(readable(answer.body), /Title Old New Tags x –/)
    }
    assert.equal((await editor.get('/diff/a?from=1&to=9')).statusCode, 404)
    assert.equal((await editor.get('/diff/a?from=x')).statusCode, 400)
  })

  it('restores a version as a new one', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a', { title: 'Old', body: 'old text', tags: 'x, y' })
    await editor.save('a', { title: 'New', body: 'new text', version: '1' })
    const answer = await editor.post('/pages/restore', { location: 'a', version: '2', number: '1' })
    assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/wiki/a?done=restored'])
    assert.match(
      readable((await editor.get('/wiki/a')).body),
      /Old Read Edit History Delete Version 3, .* x y old text/,
    )
    assert.match(
      readable((await editor.get('/history/a')).body),
      /Version 3 current .*Restored version 1/,
    )
  })

  it('restores nothing over a change made meanwhile', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a', { body: 'old text' })
    await editor.save('a', { body: 'new text', version: '1' })
    const answer = await editor.post('/pages/restore', { location: 'a', version: '1', number: '1' })
    assert.equal(answer.statusCode, 409)
    assert.match(answer.body, /<textarea id="field:body"[^>]*>\nold text<\/textarea>/)
    assert.match((await editor.get('/wiki/a')).markup, /new text/)
  })
})

describeOnEveryDatabase('deleting', (openWiki) => {
  // seed 28
  it('asks first, then takes the page with everything of it', async (t) => {
    const app = await openWiki(t)
    const editor = await editorOf(app)
    await editor.save('a', { body: 'unrepeatable', tags: 'lonely' })
    await editor.get('/wiki/a')
    await editor.post('/comments', { page: '1', body: 'Hear, hear' })
    const question = await editor.get('/delete/a')
    assert.match(readable(question.body), /Delete “About a”\?/)
    const answer = await editor.post('/pages/delete', { location: 'a', version: '1' })
    assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/pages?done=deleted'])
    assert.equal((await editor.get('/wiki/a')).statusCode, 404)
    assert.match(
      readable((await editor.get('/search?q=unrepeatable')).body),
      /No page has all of these words/,
    )
    const left = await app.wiki.db.run(({ session }) =>
      session.sql<{ n: number }>`
      select (select count(*) from revision) + (select count(*) from comment) + (select count(*) from page_tag) + (select count(*) from page_search) as n`.one(),
    )
    assert.equal(left.n, 0)
  })

  it('answers 409 when the page was changed after the question', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a')
    await editor.save('a', { body: 'newer', version: '1' })
    const answer = await editor.post('/pages/delete', { location: 'a', version: '1' })
    assert.equal(answer.statusCode, 409)
    assert.match(answer.markup, /name="version" value="2"/)
    assert.equal((await editor.get('/wiki/a')).statusCode, 200)
  })

  it('answers 404 for a page that is gone', async (t) => {
    const editor = await editorOf(await openWiki(t))
    assert.equal((await editor.get('/delete/a')).statusCode, 404)
    assert.equal(
      (await editor.post('/pages/delete', { location: 'a', version: '1' })).statusCode,
      404,
    )
    assert.equal(
      (await editor.post('/pages/delete', { location: '../a', version: '1' })).statusCode,
      404,
    )
    assert.equal(
      (await editor.post('/pages/delete', { location: 'a', version: 'x' })).statusCode,
      400,
    )
    assert.equal((await new Visitor(await openWiki(t)).get('/wiki/a')).statusCode, 404)
  })
})
