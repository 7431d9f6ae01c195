import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { plainSearch } from '../../../examples/wiki/search/plain.ts'
import { searchWords } from '../../../examples/wiki/search/index.ts'
import { editorOf, openWiki, readable } from './support.ts'

const found = (markup: string) =>
  [...markup.matchAll(/<a href="\/wiki\/([^"]+)">/g)].map((match) => match[1])

describe('search', () => {
  it('finds words in title, text and tags, the title first, and marks them', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('body', { title: 'One', body: 'All about the *furnace* and <its> heat.' })
    await editor.save('title', { title: 'The furnace', body: 'Nothing.' })
    await editor.save('tag', { title: 'Three', tags: 'furnace' })
    const answer = await editor.get('/search?q=FURNACE')
    assert.deepEqual(found(answer.markup), ['title', 'tag', 'body'])
    assert.match(answer.markup, /the <mark>furnace<\/mark> and &lt;its&gt; heat/)
    assert.deepEqual(found((await editor.get('/search?q=furn+heat')).markup), ['body'])
    assert.deepEqual(found((await editor.get('/search?q=furnace+cold')).markup), [])
  })

  it('follows a page: new words are found, old ones are not', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a', { body: 'alpha' })
    await editor.save('a', { body: 'omega', version: '1' })
    assert.deepEqual(found((await editor.get('/search?q=alpha')).markup), [])
    assert.deepEqual(found((await editor.get('/search?q=omega')).markup), ['a'])
  })

  it('finds letters of every script, with or without their accents', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a', { body: 'Größe, café, Привет' })
    for (const word of ['größe', 'cafe', 'привет'])
      assert.deepEqual(
        found((await editor.get(`/search?q=${encodeURIComponent(word)}`)).markup),
        ['a'],
        word,
      )
  })

  it('takes nothing in a query for its own language', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a', { body: 'and or not near title body' })
    for (const query of [
      '"',
      '*',
      'a*b"',
      'AND',
      'NOT or',
      'title:a',
      'near(a b)',
      '^a',
      '(',
      "'; drop table page; --",
      '\\',
      '%',
      '{a b}: c',
      '\u0002',
      ' ',
    ]) {
      assert.equal(
        (await editor.get(`/search?q=${encodeURIComponent(query)}`)).statusCode,
        200,
        query,
      )
    }
    assert.deepEqual(searchWords(`a"b* (c) -d:e ${'x '.repeat(20)}`).slice(0, 5), [
      'a',
      'b',
      'c',
      'd',
      'e',
    ])
    assert.equal(searchWords('x '.repeat(20)).length, 10)
  })

  it('works, more simply, on a database without a module of its own', async (t) => {
    const app = await openWiki(t)
    const editor = await editorOf(app)
    await editor.save('a', { title: 'A', body: 'alpha beta' })
    await editor.save('b', { title: 'B', body: 'beta', tags: 'alpha' })
    await editor.save('c', { title: 'C', body: 'gamma 100% sure' })
    const find = (...words: string[]) =>
      app.wiki.db.run(async ({ session }) =>
        (await plainSearch.find(session, words, 10)).map((hit) => hit.location),
      )
    assert.deepEqual(await find('alpha', 'beta'), ['a', 'b'])
    assert.deepEqual(await find('%'), ['c'])
    assert.deepEqual(await find(), [])
  })

  it('says so when nothing is asked', async (t) => {
    const editor = await editorOf(await openWiki(t))
    assert.match(readable((await editor.get('/search')).body), /Write what you look for/)
  })
})
