import { diffArrays, diffWordsWithSpace } from 'diff'

/** A piece of a line: what stayed, or what the other text has not. */
export interface Piece {
  readonly text: string
  readonly changed: boolean
}

/** A line of a comparison. */
export type DiffLine =
  | { readonly kind: 'same' | 'added' | 'removed'; readonly pieces: readonly Piece[] }
  | { readonly kind: 'gap'; readonly lines: number }

type Line = Exclude<DiffLine, { readonly kind: 'gap' }>

/** Unchanged lines shown around a change. */
const CONTEXT = 3
/** Texts that have more differing lines than this are shown as removed and added as a whole. */
const MAX_EDITS = 1_000

/** The lines of two texts side by side: unchanged ones far from any change are left out, changed ones show their changed words. */
export function compareTexts(before: string, after: string): DiffLine[] {
  return foldUnchanged(compareLines(before.split('\n'), after.split('\n')))
}

function compareLines(before: string[], after: string[]): Line[] {
  const changes = diffArrays(before, after, { maxEditLength: MAX_EDITS }) ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ]
  const lines: Line[] = []
  for (const [index, change] of changes.entries()) {
    const next = changes[index + 1]
    const kind = change.added ? 'added' : change.removed ? 'removed' : 'same'
    if (kind === 'added' && changes[index - 1]?.removed) continue // went in with the lines before it
    if (kind === 'removed' && next?.added) lines.push(...replaced(change.value, next.value))
    else lines.push(...change.value.map((text) => whole(kind, text)))
  }
  return lines
}

/** Lines in place of others. Where they are as many, each is compared with its counterpart word by word. */
function replaced(before: readonly string[], after: readonly string[]): Line[] {
  if (before.length !== after.length) {
    return [
      ...before.map((text) => whole('removed', text)),
      ...after.map((text) => whole('added', text)),
    ]
  }
  const pairs = before.map((text, index) => compareWords(text, after[index] ?? ''))
  return [...pairs.map(([removed]) => removed), ...pairs.map(([, added]) => added)]
}

function compareWords(before: string, after: string): [removed: Line, added: Line] {
  const changes = diffWordsWithSpace(before, after, { maxEditLength: MAX_EDITS })
  if (changes === undefined) return [whole('removed', before), whole('added', after)]
  const removed = changes
    .filter((change) => !change.added)
    .map(({ value, removed: changed }) => ({ text: value, changed }))
  const added = changes
    .filter((change) => !change.removed)
    .map(({ value, added: changed }) => ({ text: value, changed }))
  return [
    { kind: 'removed', pieces: removed },
    { kind: 'added', pieces: added },
  ]
}

function whole(kind: Line['kind'], text: string): Line {
  return { kind, pieces: [{ text, changed: false }] }
}

function foldUnchanged(lines: readonly Line[]): DiffLine[] {
  const changes = lines.flatMap((line, index) => (line.kind === 'same' ? [] : [index]))
  const folded: DiffLine[] = []
  let next = 0
  for (const index of changes) {
    const from = Math.max(next, index - CONTEXT)
    if (from > next) folded.push({ kind: 'gap', lines: from - next })
    const shown = lines.slice(from, index + CONTEXT + 1)
    folded.push(...shown)
    next = from + shown.length
  }
  if (next < lines.length && changes.length > 0)
    folded.push({ kind: 'gap', lines: lines.length - next })
  return folded
}
