import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { anchorOf } from '../support/doc-links.ts'

/** A sentence of the notes that asks something, and the heading under which it is answered. */
interface Question {
  readonly question: string
  readonly heading: string
}

/** The sections of a page: heading -> what stands below it. */
function sectionsOf(page: string): Map<string, string> {
  const sections = page.split(/^### /m).slice(1)
  return new Map(
    sections.map((section) => {
      const [heading = ''] = section.split('\n', 1)
      return [heading, section.slice(heading.length).replace(/^## [^]*/m, '')]
    }),
  )
}

/** Everything in which the list of questions and the page disagree. */
function disagreements(page: string, questions: readonly Question[]): string[] {
  const sections = sectionsOf(page)
  const faults: string[] = []
  for (const { question, heading } of questions) {
    const section = sections.get(heading)
    if (section === undefined) faults.push(`no heading: ${heading}`)
    else if (!section.includes(`\n> ${question}\n`)) faults.push(`not quoted: ${question}`)
  }
  for (const [heading, section] of sections) {
    if (!questions.some((question) => question.heading === heading))
      faults.push(`nobody asks: ${heading}`)
    if (
      !/```ts\n[^]*?(?:\/\/ => |assert\.)[^]*?\n```/.test(section) &&
      !/^\*\*No program\.\*\* \S/m.test(section)
    )
      faults.push(`no program that shows the answer, and no reason: ${heading}`)
    if (!/^\*\*Source\.\*\* \S/m.test(section)) faults.push(`no source: ${heading}`)
    if (!/^> .*\n\n(?!```)[^\s|]/m.test(section) && !section.includes('\n| '))
      faults.push(`no answer: ${heading}`)
  }
  return faults
}

/** The headings that the table of contents leads to and those of the page. */
function links(page: string): { readonly linked: string[]; readonly headings: string[] } {
  const [contents = ''] = /^\| about[^]*?\n\n/m.exec(page) ?? []
  return {
    linked: [...contents.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor).toSorted(),
    headings: [...sectionsOf(page).keys()].map(anchorOf).toSorted(),
  }
}

describe('docs/questions.md', () => {
  const page = readFileSync('docs/questions.md', 'utf8')
  const questions = JSON.parse(readFileSync('test/docs/questions.json', 'utf8')) as Question[]

  it('answers every question of the notes, by a program that shows it, and says where it knows it from', () => {
    assert.ok(questions.length > 40)
    assert.deepEqual(disagreements(page, questions), [])
  })

  it('leads to every question from its table', () => {
    const { linked, headings } = links(page)
    assert.deepEqual(linked, headings)
  })

  const asked: Question = { question: 'why?', heading: 'Why?' }
  const answered = '### Why?\n\n> why?\n\nSo.\n\n```ts\nx // => 1\n```\n\n**Source.** Flask #1.\n'
  const planted: readonly (readonly [fault: string, page: string])[] = [
    ['no heading: Why?', ''],
    ['not quoted: why?', answered.replace('> why?', '> how?')],
    ['nobody asks: How?', answered + answered.replace('Why?', 'How?')],
    ['no program that shows the answer, and no reason: Why?', answered.replace(' // => 1', '')],
    ['no source: Why?', answered.replace('Flask #1.', '')],
    ['no answer: Why?', answered.replace('So.\n\n', '')],
  ]

  it('is accepted when it answers', () => {
    assert.deepEqual(disagreements(answered, [asked]), [])
    const reasoned = answered.replace(/```ts[^]*```/, '**No program.** It is about Flask.')
    assert.deepEqual(disagreements(reasoned, [asked]), [])
  })

  for (const [fault, wrong] of planted) {
    it(`is refused: ${fault}`, () => {
      assert.deepEqual(disagreements(wrong, [asked]), [fault])
    })
  }
})
