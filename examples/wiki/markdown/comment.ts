import MarkdownIt from 'markdown-it'
import { trusted, type Html } from '../../shared/html.ts'
import { sanitize } from './sanitize.ts'
import { wikiLinks } from './wiki-link.ts'

const parser = new MarkdownIt({ html: false, linkify: true, breaks: true })
  .use(wikiLinks)
  .disable(['heading', 'lheading', 'image', 'table', 'hr'])
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false })
// Strangers write comments: none of their links lends authority.
parser.core.ruler.push('no_authority', ({ tokens }) => {
  for (const token of tokens.flatMap((block) => block.children ?? [])) {
    if (token.type === 'link_open') token.attrSet('rel', 'nofollow noopener ugc')
  }
})

/** A comment as safe markup: the Markdown of an article without headings, images and tables; line breaks count. */
export function renderComment(source: string): Html {
  return trusted(sanitize(parser.render(source)))
}
