import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Visitor, describeOnEveryDatabase, editorOf, readable } from './support.ts'

describeOnEveryDatabase('comments', (openWiki) => {
  it('are written without a login, in threads', async (t) => {
    const app = await openWiki(t)
    await (await editorOf(app)).save('a')
    const ada = new Visitor(app)
    await ada.get('/wiki/a')
    const first = await ada.post('/comments', { page: '1', name: ' Ada ', body: 'First\nline' })
    assert.deepEqual(
      [first.statusCode, first.headers.location],
      [303, '/wiki/a?done=commented#comment:1'],
    )
    await ada.post('/comments', { page: '1', name: 'Ben', body: 'Second' })
    await ada.post('/comments', { page: '1', parent: '1', name: 'Cid', body: 'To the first' })
    await ada.post('/comments', { page: '1', parent: '3', name: 'Dee', body: 'To the answer' })
    const page = await ada.get('/wiki/a')
    assert.match(
      readable(page.body),
      /Ada, .* First line .*Cid in answer to Ada, .* To the first .*Dee in answer to Cid, .* To the answer .*Ben, .* Second/,
    )
    assert.deepEqual(
      [...page.markup.matchAll(/class="comment depth-(\d)" id="comment:(\d)"/g)].map(
        (match) => `${match[1]}${match[2]}`,
      ),
      ['01', '13', '24', '02'],
    )
  })

  it('stay in order however deep a conversation is', async (t) => {
    const app = await openWiki(t)
    const editor = await editorOf(app)
    await editor.save('a')
    for (let n = 0; n < 60; n++)
      assert.equal(
        (await editor.post('/comments', { page: '1', parent: String(n), body: `level ${n}` }))
          .statusCode,
        303,
      )
    const page = await editor.get('/wiki/a')
    assert.equal([...page.markup.matchAll(/depth-4/g)].length, 56)
  })

  it('answer 422 and keep the text when something is missing', async (t) => {
    const app = await openWiki(t)
    await (await editorOf(app)).save('a')
    const visitor = new Visitor(app)
    await visitor.get('/wiki/a')
    const answer = await visitor.post('/comments', { page: '1', name: '', body: 'My <text>' })
    assert.equal(answer.statusCode, 422)
    assert.match(answer.body, /<textarea id="field:body"[^>]*>\nMy &lt;text&gt;<\/textarea>/)
    assert.match(readable(answer.body), /Your name is missing/)
    assert.equal(
      (await visitor.post('/comments', { page: '1', name: 'A', body: ' \n ' })).statusCode,
      422,
    )
    assert.equal(
      (await visitor.post('/comments', { page: '1', name: 'A', body: 'x'.repeat(5001) }))
        .statusCode,
      422,
    )
    assert.match(readable((await visitor.get('/wiki/a')).body), /Nobody has said anything yet/)
  })

  it('cannot be signed with the name of an editor', async (t) => {
    const app = await openWiki(t)
    await (await editorOf(app)).save('a')
    const visitor = new Visitor(app)
    await visitor.get('/wiki/a')
    const answer = await visitor.post('/comments', { page: '1', name: 'ADMIN', body: 'I am' })
    assert.equal(answer.statusCode, 422)
    assert.match(readable(answer.body), /This is the name of an editor/)
  })

  // web 61
  it('belong to a page that exists and answer to a comment of that page', async (t) => {
    const app = await openWiki(t)
    const editor = await editorOf(app)
    await editor.save('a')
    await editor.save('b')
    await editor.post('/comments', { page: '1', body: 'On a' })
    assert.equal((await editor.post('/comments', { page: '9', body: 'x' })).statusCode, 404)
    assert.equal(
      (await editor.post('/comments', { page: '2', parent: '1', body: 'x' })).statusCode,
      404,
    )
    assert.equal((await editor.post('/comments', { page: 'x', body: 'x' })).statusCode, 400)
    assert.equal((await editor.post('/comments', { page: '999999999', body: 'x' })).statusCode, 404)
  })

  it('are removed by editors, and their answers stay', async (t) => {
    const app = await openWiki(t)
    const editor = await editorOf(app)
    await editor.save('a')
    await editor.post('/comments', { page: '1', body: 'Buy this' })
    await editor.post('/comments', { page: '1', parent: '1', body: 'No, thank you' })
    const answer = await editor.post('/comments/1/remove', {})
    assert.deepEqual(
      [answer.statusCode, answer.headers.location],
      [303, '/wiki/a?done=removed#comment:1'],
    )
    const page = await editor.get('/wiki/a')
    assert.doesNotMatch(page.markup, /Buy this/)
    assert.match(
      readable(page.body),
      /An editor removed this comment\. admin in answer to a removed comment, .* No, thank you/,
    )
    assert.equal((await editor.post('/comments/9/remove', {})).statusCode, 404)
  })
})
