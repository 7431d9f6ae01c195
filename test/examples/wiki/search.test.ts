import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { plainSearch } from '../../../examples/wiki/search/plain.ts'
import { snippet } from '../../../examples/wiki/search/snippet.ts'
import { searchWords } from '../../../examples/wiki/search/words.ts'
import { describeOnEveryDatabase, editorOf, readable } from './support.ts'

const found = (markup: string) =>
  [...markup.matchAll(/<a href="\/wiki\/([^"]+)">/g)].map((match) => match[1])

describeOnEveryDatabase('search', (openWiki) => {
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

  it('finds short words, common words, and letters that are new in Unicode', async (t) => {
    const editor = await editorOf(await openWiki(t))
    await editor.save('a', { title: 'What is Go', body: 'About the \u0D7A, 𝔘 and x_y', tags: 'C' })
    await editor.save('b', { title: 'B', body: 'ni' })
    for (const word of ['go', 'about', 'the', 'is', 'c', '\u0D7A', '𝔘', 'x_y', 'x'])
      assert.deepEqual(
        found((await editor.get(`/search?q=${encodeURIComponent(word)}`)).markup),
        ['a'],
        word,
      )
    assert.deepEqual(found((await editor.get(`/search?q=${encodeURIComponent('𝔘ni')}`)).markup), [])
  })

  it('finds a page by a word as long as a word may be, and takes it out with the page', async (t) => {
    const editor = await editorOf(await openWiki(t))
    const word = 'long'.repeat(25)
    await editor.save('a', { body: `${word} and ${'y'.repeat(3_000)}` })
    assert.deepEqual(found((await editor.get(`/search?q=${word}`)).markup), ['a'])
    await editor.post('/pages/delete', { location: 'a', version: '1' })
    assert.deepEqual(found((await editor.get(`/search?q=${word}`)).markup), [])
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

describe('the words of a search', () => {
  it('are letters, digits and underscores, ten at most', () => {
    assert.deepEqual(searchWords('a"b* (c) -d:e f_g'), ['a', 'b', 'c', 'd', 'e', 'f_g'])
    assert.equal(searchWords('x '.repeat(20)).length, 10)
  })
})

describe('a snippet', () => {
  it('shows the place where the words stand, marked, and says what it leaves out', () => {
    const before = 'w '.repeat(40)
    assert.equal(
      String(snippet(`${before}<b> Café, now ${before}`, ['cafe', 'no'])),
      `…w w w w w &lt;b&gt; <mark>Café</mark>, <mark>now</mark> ${'w '.repeat(16).trim()}…`,
    )
  })

  it('is the beginning where no word stands', () => {
    assert.equal(String(snippet('Some text.', ['none'])), 'Some text.')
    assert.equal(String(snippet('', ['none'])), '')
  })
})
