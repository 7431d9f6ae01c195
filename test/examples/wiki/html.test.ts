import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { html, nothing, trusted } from '../../../examples/shared/html.ts'
import { activeMarkup } from './active-markup.ts'

describe('html', () => {
  it('escapes text between tags and in attributes', () => {
    assert.equal(
      html`<a title="${`"'<>&`}">${'<b>'}</a>`.toString(),
      '<a title="&quot;&#39;&lt;&gt;&amp;">&lt;b&gt;</a>',
    )
  })

  it('takes markup as it is, lists in order, and nothing for null, undefined and false', () => {
    assert.equal(
      html`${html`<i>${1}</i>`}${[html`a`, '<', 0]}${null}${undefined}${false}${nothing}`.toString(),
      '<i>1</i>a&lt;0',
    )
  })

  it('takes for markup only what it made itself', () => {
    const forged = { toString: () => '<script>' }
    assert.equal(html`${String(forged)}`.toString(), '&lt;script&gt;')
  })
})

describe('the search for active markup, which the other tests rely on', () => {
  const page = (markup: string) => `<main>${trusted(markup).toString()}</main>`
  for (const markup of [
    '<script>',
    '<b onclick="x">',
    '<a href="javascript:x">',
    '<a href="//x">',
    '<p style="x">',
    '<svg>',
    '<img src="data:x">',
    '<x <y',
  ]) {
    it(`finds ${markup}`, () => assert.notDeepEqual(activeMarkup(page(markup)), []))
  }
  for (const markup of [
    '<a href="/wiki/a">',
    '<a href="#a">',
    '<img src="https://x/y">',
    '<b>',
    'a > b',
    '<a href="mailto:a@b">',
  ]) {
    it(`lets ${markup} pass`, () => assert.deepEqual(activeMarkup(page(markup)), []))
  }
})
