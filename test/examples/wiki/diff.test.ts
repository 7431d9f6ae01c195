import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compareTexts, type DiffLine } from '../../../examples/wiki/services/diff.ts'

/** A comparison as text: a sign, then the line, changed words in braces. */
function drawn(lines: readonly DiffLine[]): string[] {
  const signs = { same: ' ', added: '+', removed: '-' }
  return lines.map((line) => {
    if (line.kind === 'gap') return `… ${line.lines}`
    return (
      signs[line.kind] +
      line.pieces.map(({ text, changed }) => (changed ? `{${text}}` : text)).join('')
    )
  })
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`)

describe('a comparison', () => {
  it('of equal texts is empty', () => assert.deepEqual(compareTexts('a\nb', 'a\nb'), []))

  it('shows the changed words of changed lines', () => {
    assert.deepEqual(drawn(compareTexts('a\nthe old word\nc', 'a\nthe new word\nc')), [
      ' a',
      '-the {old} word',
      '+the {new} word',
      ' c',
    ])
  })

  it('shows added and removed lines', () => {
    assert.deepEqual(drawn(compareTexts('a\nb\nc', 'a\nc\nd')), [' a', '-b', ' c', '+d'])
    assert.deepEqual(drawn(compareTexts('a\nb\nc', 'x')), ['-a', '-b', '-c', '+x'])
  })

  it('leaves out unchanged lines that are far from a change', () => {
    const before = numbered(30)
    const after = before.with(10, 'line X').with(12, 'line Y')
    const lines = drawn(compareTexts(before.join('\n'), after.join('\n')))
    assert.deepEqual(lines.slice(0, 5), ['… 7', ' line 7', ' line 8', ' line 9', '-line {10}'])
    assert.deepEqual(lines.slice(-2), [' line 15', '… 14'])
    assert.equal(lines.filter((line) => line === ' line 11').length, 1)
  })

  it('accounts for every line once, whatever the texts are', () => {
    const before = numbered(200)
    const after = before
      .filter((_, index) => index % 7 !== 0)
      .map((text, index) => (index % 11 === 0 ? `${text}!` : text))
    const lines = compareTexts(before.join('\n'), after.join('\n'))
    const count = (...kinds: string[]) =>
      lines.reduce(
        (sum, line) =>
          sum + (kinds.includes(line.kind) ? (line.kind === 'gap' ? line.lines : 1) : 0),
        0,
      )
    assert.equal(count('same', 'removed', 'gap'), before.length)
    assert.equal(count('same', 'added', 'gap'), after.length)
  })

  it('gives up on texts that have nothing in common, and says so by replacing the whole', () => {
    const before = numbered(9_000).join('\n')
    const lines = compareTexts(before, before.replaceAll('line', 'row'))
    assert.equal(lines.length, 18_000)
  })
})
