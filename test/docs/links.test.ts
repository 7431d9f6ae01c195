import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { brokenLinks, linksOf } from '../support/doc-links.ts'

const pages = [...globSync('*.md'), ...globSync('docs/**/*.md'), ...globSync('examples/*/*.md')]

describe('the links of the documentation', () => {
  for (const file of pages.toSorted()) {
    it(`lead somewhere: ${file}`, () => {
      assert.deepEqual(brokenLinks(file, readFileSync(file, 'utf8')), [])
    })
  }

  it('lead to every page from docs/README.md', () => {
    const linked = linksOf(readFileSync('docs/README.md', 'utf8'))
    const missing = globSync('*.md', { cwd: 'docs' }).filter(
      (page) => page !== 'README.md' && !linked.includes(page),
    )
    assert.deepEqual(missing, [])
  })

  it('are found out when they lead nowhere', () => {
    const page =
      '# A page\n\n[a](other.md) [b](errors.md#no_scope) [c](errors.md#no) [d](#a-page) [e](#b) [f](https://x.y/z)\n\n```md\n[g](lost.md)\n```\n'
    assert.deepEqual(brokenLinks('docs/page.md', page), ['other.md', 'errors.md#no', '#b'])
  })
})
