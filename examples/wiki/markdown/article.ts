import MarkdownIt, { type Token } from 'markdown-it'
import { locationOfPath } from '../models/location.ts'
import { trusted, type Html } from '../../shared/html.ts'
import { readHeadings, type Heading } from './headings.ts'
import { sanitize } from './sanitize.ts'
import { wikiLinks } from './wiki-link.ts'

const parser = new MarkdownIt({ html: false, linkify: true }).use(wikiLinks)
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false }) // only what is spelt as a URL becomes a link
// A wide table scrolls by itself, so that the page never does.
parser.renderer.rules['table_open'] = () => '<div class="table"><table>'
parser.renderer.rules['table_close'] = () => '</table></div>'

/** A text that has been read: what the page around it needs to know, and the markup. */
export interface Article {
  /** Headings in order, for the table of contents. */
  readonly headings: readonly Heading[]
  /** Locations of this wiki that the text links to; who knows which of them exist tells `render`. */
  readonly links: ReadonlySet<string>
  /** The text as safe markup; links to pages that are not in `existing` are marked. */
  render(existing: ReadonlySet<string>): Html
}

/** Reads Markdown. HTML in it is text, never markup. */
export function readArticle(source: string): Article {
  const tokens = parser.parse(source, {})
  const headings = readHeadings(tokens)
  alignCells(tokens)
  const anchors = tokens
    .flatMap((token) => token.children ?? [])
    .filter((token) => token.type === 'link_open')
  return {
    headings,
    links: new Set(anchors.flatMap((anchor) => locationOfPath(hrefOf(anchor)) ?? [])),
    render(existing) {
      for (const anchor of anchors) describeLink(anchor, existing)
      return trusted(sanitize(parser.renderer.render(tokens, parser.options, {})))
    },
  }
}

function hrefOf(anchor: Token): string {
  return String(anchor.attrGet('href') ?? '')
}

/** A link out of the wiki lends no authority; a link to a page that is still to be written says so. */
function describeLink(anchor: Token, existing: ReadonlySet<string>): void {
  const href = hrefOf(anchor)
  const location = locationOfPath(href)
  if (location !== undefined && !existing.has(location)) {
    anchor.attrSet('class', 'missing')
    anchor.attrSet('title', 'This page is not written yet')
  } else if (/^[a-z]+:/i.test(href)) anchor.attrSet('rel', 'nofollow noopener ugc')
}

/** Aligned cells get a class: the content security policy allows no style attributes. */
function alignCells(tokens: readonly Token[]): void {
  for (const token of tokens) {
    if (token.type !== 'th_open' && token.type !== 'td_open') continue
    const align = /^text-align:(center|right)$/.exec(String(token.attrGet('style') ?? ''))?.[1]
    token.attrs = align === undefined ? null : [['class', align]]
  }
}
