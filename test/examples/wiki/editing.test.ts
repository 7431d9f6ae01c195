import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Visitor, describeOnEveryDatabase, editorOf, readable } from './support.ts'

const textareaOf = (markup: string) =>
  /<textarea id="field:body"[^>]*>\n([\s\S]*?)<\/textarea>/.exec(markup)?.[1]

describeOnEveryDatabase('editing', (openWiki) => {
  // seed 28
  // web 37
  it('writes a page, answers 303, and shows the page', async (t) => {
    const editor = await editorOf(await openWiki(t))
    const answer = await editor.save('a/b', {
      title: ' The  title ',
      body: 'one\r\ntwo',
      tags: ' b,a , a',
    })
    assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/wiki/a/b?done=saved'])
    const page = await editor.get('/wiki/a/b?done=saved')
    assert.match(
      readable(page.body),
      /Your changes are saved\. .*The title Read Edit History Delete Version 1/,
    )
    const form = await editor.get('/edit/a/b')
    assert.equal(textareaOf(form.body), 'one\ntwo')
    assert.match(form.markup, /name="tags" type="text" value="a, b"/)
    assert.match(form.markup, /name="version" value="1"/)
  })

  // settled A1
  it('replaces the tags of a page', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a', { tags: 'one, two' })
    await editor.save('a', { tags: 'two, three', version: '1' })
    assert.match((await editor.get('/edit/a')).markup, /name="tags" type="text" value="three, two"/)
    assert.match(readable((await editor.get('/tags')).body), /Tags three 1 pages two 1 pages/)
    await editor.save('a', { tags: '', version: '2' })
    assert.match((await editor.get('/edit/a')).markup, /name="tags" type="text" value=""/)
    assert.match((await editor.get('/edit/a')).markup, /name="version" value="3"/)
  })

  it('previews without saving', async (t) => {
    const app = await openWiki(t)
    const editor = await editorOf(app)
    const answer = await editor.save('a', {
      body: 'Some **bold** text.',
      tags: 'x',
      action: 'preview',
    })
    assert.equal(answer.statusCode, 200)
    assert.match(answer.markup, /<section class="preview"[\s\S]*Some <strong>bold<\/strong> text\./)
    assert.equal(textareaOf(answer.body), 'Some **bold** text.')
    assert.equal((await editor.get('/wiki/a')).statusCode, 404)
    assert.match(readable((await editor.get('/tags')).body), /No page has a tag yet/)
  })

  it('answers 422 with every problem and the text kept when the form is not right', async (t) => {
    const editor = await editorOf(await openWiki(t))
    const body = 'My long text with "quotes" & <tags>'
    const answer = await editor.save('../x', {
      title: '  ',
      body,
      tags: 'y'.repeat(41),
      summary: 'z'.repeat(201),
    })
    assert.equal(answer.statusCode, 422)
    for (const field of ['location', 'title', 'tags', 'summary'])
      assert.match(answer.markup, new RegExp(`<a href="#field:${field}">`))
    assert.equal(readable(`<b>${textareaOf(answer.body)}</b>`), body)
    assert.match(answer.markup, /id="field:title"[^>]*aria-invalid="true"/)
    assert.match(answer.markup, /value="\.\.\/x"/)
    assert.match(readable((await editor.get('/pages')).body), /0 pages/)
  })

  it('keeps the first line break of a text', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a', { body: '\n\nAfter two breaks' })
    assert.equal(textareaOf((await editor.get('/edit/a')).body), '\n\nAfter two breaks')
  })

  it('leads visitors to the login and back', async (t) => {
    const visitor = new Visitor(await openWiki(t))
    for (const path of ['/new', '/edit/a', '/delete/a']) {
      const answer = await visitor.get(path)
      assert.deepEqual(
        [answer.statusCode, answer.headers.location],
        [303, `/login?next=${encodeURIComponent(path)}`],
      )
    }
  })

  it('refuses a form of somebody who is not logged in', async (t) => {
    const visitor = new Visitor(await openWiki(t))
    await visitor.get('/login')
    for (const path of ['/pages/save', '/pages/delete', '/pages/restore', '/comments/1/remove'])
      assert.equal((await visitor.post(path, { location: 'a' })).statusCode, 403, path)
  })

  it('tells after the commit what was saved, and nothing when nothing was', async (t) => {
    const said: string[] = []
    const editor = await editorOf(await openWiki(t, { announce: (line) => said.push(line) }))
    said.length = 0
    await editor.save('a')
    await editor.save('a') // version 0 again: too late
    await editor.save('a', { title: '' })
    assert.deepEqual(said, ['saved a, version 1'])
  })
})
