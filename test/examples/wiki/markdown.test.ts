import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readArticle } from '../../../examples/wiki/markdown/article.ts'
import { renderComment } from '../../../examples/wiki/markdown/comment.ts'
import { excerpt, plainText } from '../../../examples/wiki/markdown/plain-text.ts'
import { activeMarkup } from './active-markup.ts'
import { ATTACKS } from './attacks.ts'

const render = (source: string, existing: readonly string[] = []) =>
  readArticle(source).render(new Set(existing)).toString()

describe('Markdown of a page', () => {
  it('gives headings an id each and moves them below the page title', () => {
    const { headings } = readArticle('# One\n\n## Two & `three`\n\n## Two & `three`\n\n## …')
    assert.deepEqual(headings, [
      { level: 2, id: 'one', text: 'One' },
      { level: 3, id: 'two--three', text: 'Two & three' },
      { level: 3, id: 'two--three-1', text: 'Two & three' },
      { level: 3, id: 'section', text: '…' },
    ])
    assert.equal(render('## Two'), '<h2 id="two">Two</h2>\n')
  })

  it('marks links to pages that are not written, and only those', () => {
    const markup = render('[[a b]] [[c|d]] [e](/wiki/e#f) [g](/pages)', ['a-b'])
    assert.match(markup, /<a href="\/wiki\/a-b">A b<\/a>/)
    assert.match(markup, /<a href="\/wiki\/c" class="missing" title="[^"]+">d<\/a>/)
    assert.match(markup, /<a href="\/wiki\/e#f" class="missing"/)
    assert.match(markup, /<a href="\/pages">g<\/a>/)
  })

  it('lends no authority to other sites', () => {
    assert.match(
      render('https://example.org'),
      /<a href="https:\/\/example.org" rel="nofollow noopener ugc">/,
    )
  })

  it('leaves what is no location as text', () =>
    assert.equal(render('[[../x]] [[]] [[a\n]]'), '<p>[[../x]] [[]] [[a\n]]</p>\n'))

  it('aligns cells by class, for the policy allows no styles', () => {
    const markup = render('| a | b |\n| - | -: |\n| 1 | 2 |')
    assert.match(markup, /<td class="right">2<\/td>/)
    assert.doesNotMatch(markup, /style=/)
  })

  for (const attack of ATTACKS) {
    it(`cannot act: ${JSON.stringify(attack.slice(0, 60))}`, () => {
      assert.deepEqual(activeMarkup(`<main>${render(attack)}</main>`), [])
      assert.deepEqual(activeMarkup(`<main>${renderComment(attack).toString()}</main>`), [])
    })
  }
})

describe('Markdown of a comment', () => {
  it('has no headings and no pictures, and its line breaks count', () => {
    assert.equal(renderComment('# a\nb ![c](https://d/e.png)').toString().includes('<img'), false)
    assert.equal(renderComment('# a\nb').toString(), '<p># a<br />\nb</p>\n')
  })
})

describe('plain text', () => {
  it('keeps the words and no signs', () => {
    assert.equal(
      plainText('# A\n\nb *c* `d` [e](f) [[g|h]]\n\n```\ng\n```\n\n- h\n- i'),
      'A\nb c d e h\ng\nh\ni',
    )
  })

  it('is cut at a word', () => {
    assert.equal(excerpt('# Title\n\nSome words\nand more', 100), 'Some words and more')
    assert.equal(excerpt('Some words and more', 12), 'Some words…')
    assert.equal(excerpt('x'.repeat(300), 240).length, 240)
  })
})
