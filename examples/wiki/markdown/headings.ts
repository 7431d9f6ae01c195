import type { Token } from 'markdown-it'

/** A heading of a text. */
export interface Heading {
  /** 2 to 6: the page's title is the only heading of level 1. */
  readonly level: number
  /** What a link ends in after `#`. */
  readonly id: string
  readonly text: string
}

/** Gives every heading an `id`, and moves all down a level where the text has a heading of level 1 of its own. */
export function readHeadings(tokens: readonly Token[]): Heading[] {
  const opens = tokens.filter((token) => token.type === 'heading_open')
  const shift = opens.some((token) => token.tag === 'h1') ? 1 : 0
  const taken = new Map<string, number>()
  const headings: Heading[] = []
  for (const [index, open] of tokens.entries()) {
    if (open.type !== 'heading_open') continue
    const text = textOf(tokens[index + 1])
    const level = Math.min(6, Number(open.tag.slice(1)) + shift)
    const id = unused(slugOf(text), taken)
    open.attrSet('id', id)
    open.tag = `h${level}`
    const close = tokens[index + 2]
    if (close !== undefined) close.tag = open.tag
    headings.push({ level, id, text })
  }
  return headings
}

/** The text of a block's inline token, without marks. */
export function textOf(inline: Token | undefined): string {
  const pieces = inline?.children ?? []
  return pieces
    .map((piece) =>
      piece.type === 'softbreak' || piece.type === 'hardbreak' ? ' ' : piece.content,
    )
    .join('')
}

/** Letters, digits, `_` and `-` of a heading, in lower case, spaces as hyphens: the spelling that other readers of Markdown use as well. */
function slugOf(text: string): string {
  const slug = text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')
  return slug === '' ? 'section' : slug
}

function unused(slug: string, taken: Map<string, number>): string {
  const count = taken.get(slug) ?? 0
  taken.set(slug, count + 1)
  return count === 0 ? slug : unused(`${slug}-${count}`, taken)
}
