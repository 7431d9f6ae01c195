import type { MarkdownIt, StateInline } from 'markdown-it'
import { parseLocation, pathOf, titleFor } from '../models/location.ts'

const WIKI_LINK = /\[\[([^[\]|\n]{1,200})(?:\|([^[\]\n]{1,200}))?\]\]/y

/** `[[guides/testing]]` and `[[guides/testing|how to test]]` are links to pages of this wiki. */
export function wikiLinks(parser: MarkdownIt): void {
  parser.inline.ruler.before('link', 'wiki_link', readWikiLink)
}

function readWikiLink(state: StateInline, silent: boolean): boolean {
  WIKI_LINK.lastIndex = state.pos
  const match = WIKI_LINK.exec(state.src)
  if (match === null || state.pos + match[0].length > state.posMax) return false
  const location = parseLocation(match[1] ?? '')
  if (location === undefined) return false
  if (!silent) {
    state.push('link_open', 'a', 1).attrs = [['href', pathOf(location)]]
    state.push('text', '', 0).content = match[2] ?? titleFor(location)
    state.push('link_close', 'a', -1)
  }
  state.pos += match[0].length
  return true
}
