import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Visitor, describeOnEveryDatabase, editorOf, readable } from './support.ts'

describeOnEveryDatabase('a page of the wiki', (openWiki) => {
  it('shows its title, text, tags and version', async (t) => {
    const app = await openWiki(t)
    const editor = await editorOf(app)
    await editor.save('guides/testing', {
      title: 'Testing',
      body: '## First\n\nA *text*.\n\n## Second',
      tags: 'b, a',
    })
    const answer = await new Visitor(app).get('/wiki/guides/testing')
    assert.equal(answer.statusCode, 200)
    assert.match(answer.markup, /<h1>Testing<\/h1>/)
    assert.match(answer.markup, /A <em>text<\/em>\./)
    assert.match(readable(answer.body), /Version 1, .*, by admin a b First/)
    assert.match(answer.markup, /<nav class="contents"[\s\S]*href="#first"[\s\S]*href="#second"/)
    assert.match(answer.markup, /<nav class="crumbs"[\s\S]*href="\/wiki\/guides"/)
  })

  it('has one address: other spellings lead to it', async (t) => {
    const visitor = new Visitor(await openWiki(t))
    for (const path of ['/wiki/two%20words/', '/wiki//two-words', '/wiki/two%20%20words']) {
      const answer = await visitor.get(path)
      assert.deepEqual([answer.statusCode, answer.headers.location], [308, '/wiki/two-words'])
    }
  })

  it('marks links to pages that do not exist, until they do', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a', { body: '[[b]] [[c]]' })
    await editor.save('b')
    const answer = await editor.get('/wiki/a')
    assert.match(answer.markup, /<a href="\/wiki\/b">B<\/a>/)
    assert.match(answer.markup, /<a href="\/wiki\/c" class="missing"/)
  })

  it('is offered to be written where there is none', async (t) => {
    const visitor = new Visitor(await openWiki(t))
    const answer = await visitor.get('/wiki/guides/not-there')
    assert.equal(answer.statusCode, 404)
    assert.match(answer.markup, /href="\/edit\/guides\/not-there"/)
    assert.match(answer.markup, /href="\/search\?q=Not%20there"/)
  })

  it('is the front page when it is at "home"', async (t) => {
    const editor = await editorOf(await openWiki(t))
    assert.equal((await editor.get('/')).statusCode, 404)
    await editor.save('home', { title: 'Welcome here' })
    assert.match((await editor.get('/')).markup, /<h1>Welcome here<\/h1>/)
  })
})

describeOnEveryDatabase('lists', (openWiki) => {
  // seed 28
  it('show the pages with a tag, fifteen at a time', async (t) => {
    const editor = await editorOf(await openWiki(t))
    for (let n = 10; n < 42; n++)
      await editor.save(`p/${n}`, { title: `Page ${n}`, tags: 'Many, C/D & "E"' })
    const first = await editor.get('/pages/list/Many')
    assert.deepEqual(
      [...first.markup.matchAll(/>Page (\d+)</g)].map((match) => Number(match[1])),
      Array.from({ length: 15 }, (_, n) => n + 10),
    )
    assert.match(readable(first.body), /32 with this tag/)
    assert.match(first.markup, /href="\/pages\/list\/Many\/2" rel="next"/)
    const last = await editor.get('/pages/list/Many/3')
    assert.deepEqual(
      [...last.markup.matchAll(/>Page (\d+)</g)].map((match) => match[1]),
      ['40', '41'],
    )
    assert.match(last.markup, /href="\/pages\/list\/Many\/2" rel="prev"/)
    assert.equal((await editor.get('/pages/list/C%2FD%20%26%20%22E%22/3')).statusCode, 200)
  })

  // web 72
  it('end where they end', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a', { tags: 'one' })
    const expected = {
      '/pages/list/one/2': 404,
      '/pages/list/one/0': 404,
      '/pages/list/none': 404,
      '/pages?page=2': 404,
      '/recent?page=9': 404,
      '/pages/list/one/x': 400,
      '/pages?page=1e3': 400,
    }
    for (const [path, status] of Object.entries(expected))
      assert.equal((await editor.get(path)).statusCode, status, path)
  })

  it('show all pages, all tags with their numbers, and the latest changes', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('b', { title: 'Bee', body: 'The bee text.', tags: 'x, y' })
    await editor.save('a', { title: 'Ay', tags: 'x', summary: 'began it' })
    assert.match(
      readable((await editor.get('/pages')).body),
      /2 pages, .* Ay a Some text\. Bee b The bee text\./,
    )
    assert.match(readable((await editor.get('/tags')).body), /Tags x 2 pages y 1 pages/)
    assert.match(
      readable((await editor.get('/recent')).body),
      /Ay written, [^A-Z]*[A-Z].*, by admin began it Bee written/,
    )
  })
})
