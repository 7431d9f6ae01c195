import sanitizeHtml from 'sanitize-html'

const HEADINGS = ['h2', 'h3', 'h4', 'h5', 'h6']
const BLOCKS = ['p', 'blockquote', 'pre', 'hr', 'ul', 'ol', 'li']
const TABLES = ['div', 'table', 'thead', 'tbody', 'tr', 'th', 'td']
const WORDS = ['a', 'img', 'em', 'strong', 's', 'code', 'br']

/**
 * The second lock: the parser makes no markup out of HTML in a text, and whatever comes out of it still passes this list.
 *
 * Anything not named here goes: scripts, styles, frames, forms, event attributes, addresses of other schemes.
 */
const ALLOWED: sanitizeHtml.Options = {
  allowedTags: [...HEADINGS, ...BLOCKS, ...TABLES, ...WORDS],
  allowedAttributes: {
    a: ['href', 'title', 'rel'],
    img: ['src', 'alt', 'title'],
    ol: ['start'],
    ...Object.fromEntries(HEADINGS.map((tag) => [tag, ['id']])),
  },
  allowedClasses: {
    a: ['missing'],
    code: ['language-*'],
    div: ['table'],
    th: ['center', 'right'],
    td: ['center', 'right'],
  },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowedSchemesByTag: { img: ['https'] },
  allowProtocolRelative: false,
}

/** Markup without anything that could act. */
export function sanitize(markup: string): string {
  return sanitizeHtml(markup, ALLOWED)
}
