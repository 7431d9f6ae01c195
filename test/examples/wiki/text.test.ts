import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cleanLine, cleanText } from '../../../examples/wiki/models/clean-text.ts'
import {
  locationOfPath,
  parseLocation,
  pathOf,
  titleFor,
} from '../../../examples/wiki/models/location.ts'
import { parseTags } from '../../../examples/wiki/models/tag-names.ts'

describe('a location', () => {
  const same = ['a', 'guides/testing', 'A-b_c.d/9', 'Über/größe', '关于/事务', 'हिन्दी/पृष्ठ']
  for (const text of same)
    it(`"${text}" stays as it is`, () => assert.equal(parseLocation(text), text))

  const changed = [
    ['/a//b/', 'a/b'],
    [' two words / more ', 'two-words/more'],
    ['U\u0308ber', 'Über'],
  ] as const
  for (const [text, location] of changed)
    it(`"${text}" becomes "${location}"`, () => assert.equal(parseLocation(text), location))

  const refused = [
    '',
    '/',
    '..',
    'a/../b',
    '../../etc/passwd',
    '.git/config',
    'a/.b',
    '-a',
    'a\\b',
    'a\0b',
    'a?b',
    'a#b',
    'a%2Fb',
    '<b>',
    'a"b',
    "a'b",
    'a:b',
    'x'.repeat(201),
  ]
  for (const text of refused)
    it(`${JSON.stringify(text.slice(0, 20))} is none`, () =>
      assert.equal(parseLocation(text), undefined))

  it('is found again in the path that is made of it', () => {
    for (const location of same) assert.equal(locationOfPath(pathOf(location)), location)
  })

  it('is not found in other addresses', () => {
    for (const path of [
      '/pages',
      'https://example.org/wiki/a',
      '//wiki/a',
      '/wiki/',
      '/wiki/%',
      '/wiki/%00',
    ])
      assert.equal(locationOfPath(path), undefined)
  })

  it('gives a readable title', () => assert.equal(titleFor('guides/unit-of_work'), 'Unit of work'))
})

describe('tags', () => {
  // seed 28
  it('are trimmed, keep their case and occur once each', () => {
    assert.deepEqual(parseTags(' a,b , a,, News ,news,two   words\n'), [
      'a',
      'b',
      'News',
      'news',
      'two words',
    ])
  })
})

describe('text that is stored', () => {
  it('has one kind of line break and no control characters', () => {
    assert.equal(cleanText('a\r\nb\rc\u0000\u0002\u0003\u001b[31m\td'), 'a\nb\nc[31m\td')
  })

  it('is one line where one line is meant', () => assert.equal(cleanLine(' a \n\t b '), 'a b'))
})
