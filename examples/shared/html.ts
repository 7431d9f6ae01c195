/** Markup that needs no more escaping. Only `html` and `trusted` make one. */
export class Html {
  readonly #markup: string

  constructor(markup: string) {
    this.#markup = markup
  }

  toString(): string {
    return this.#markup
  }
}

/** What may stand in `${…}`: markup as it is, text escaped, nothing for `null`, `undefined` and `false`. */
export type Part = Html | string | number | null | undefined | false | readonly Part[]

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text, safe between tags and inside quoted attributes. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character)
}

/** Markup whose `${…}` are escaped: between tags and in quoted attributes, never as the name of either, never as an unchecked URL. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let markup = strings[0] ?? ''
  for (const [index, part] of parts.entries()) markup += toMarkup(part) + (strings[index + 1] ?? '')
  return new Html(markup)
}

/** Markup that another library has made safe: the sanitizer's output, and nothing else. */
export function trusted(markup: string): Html {
  return new Html(markup)
}

/** Nothing. */
export const nothing: Html = new Html('')

function toMarkup(part: Part): string {
  if (part instanceof Html) return part.toString()
  if (part === null || part === undefined || part === false) return ''
  if (typeof part === 'object') return part.map(toMarkup).join('')
  return escape(String(part))
}
