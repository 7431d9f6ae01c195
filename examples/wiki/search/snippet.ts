import type { Html } from '../../shared/html.ts'
import { MARK_CLOSE, MARK_OPEN, markSnippet } from './mark.ts'
import { fold, wordsOf } from './words.ts'

/** Words that a snippet shows. */
const LENGTH = 24
/** Words before the first one that was found. */
const BEFORE = 6

/** The place in `text` where the words stand first, or its beginning: each word marked, and those that begin with one. For databases that make no snippets. */
export function snippet(text: string, words: readonly string[]): Html {
  const wanted = words.map(fold)
  const all = wordsOf(text).map(({ word, start }) => {
    const folded = fold(word)
    return { start, end: start + word.length, isFound: wanted.some((w) => folded.startsWith(w)) }
  })
  const first = all.findIndex(({ isFound }) => isFound)
  const from = Math.max(0, Math.min(first - BEFORE, all.length - LENGTH))
  const shown = all.slice(from, from + LENGTH)
  const begin = from === 0 ? 0 : (shown[0]?.start ?? 0)
  const end = from + LENGTH >= all.length ? text.length : (shown.at(-1)?.end ?? text.length)
  let marked = begin === 0 ? '' : '…'
  let last = begin
  for (const word of shown.filter(({ isFound }) => isFound)) {
    marked += text.slice(last, word.start)
    marked += MARK_OPEN + text.slice(word.start, word.end) + MARK_CLOSE
    last = word.end
  }
  return markSnippet(marked + text.slice(last, end) + (end === text.length ? '' : '…'))
}
