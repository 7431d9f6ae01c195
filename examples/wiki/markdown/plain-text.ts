import MarkdownIt, { type Token } from 'markdown-it'
import { textOf } from './headings.ts'
import { wikiLinks } from './wiki-link.ts'

const parser = new MarkdownIt({ html: false }).use(wikiLinks)

/** The words of a text without its marks, a line a block: what the search index keeps. */
export function plainText(source: string): string {
  return parser
    .parse(source, {})
    .map(blockText)
    .filter((text) => text !== '')
    .join('\n')
}

/** The beginning of the first paragraphs, at most `length` characters, cut at a word. */
export function excerpt(source: string, length: number): string {
  const tokens = parser.parse(source, {})
  const paragraphs = tokens.filter(
    (token, index) => token.type === 'inline' && tokens[index - 1]?.type === 'paragraph_open',
  )
  const text = paragraphs.map(textOf).join(' ').replaceAll(/\s+/g, ' ').trim()
  if (text.length <= length) return text
  const cut = text.slice(0, length - 1)
  const space = cut.lastIndexOf(' ')
  return `${cut.slice(0, space > length / 2 ? space : undefined)}…`
}

function blockText(token: Token): string {
  if (token.type === 'inline') return textOf(token)
  return token.type === 'fence' || token.type === 'code_block' ? token.content.trimEnd() : ''
}
