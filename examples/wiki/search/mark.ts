import { html, type Html } from '../../shared/html.ts'

/** Signs around a found word that no text contains: pages are stored without control characters. */
export const MARK_OPEN = '\u0002'
/** The end of a found word. */
export const MARK_CLOSE = '\u0003'

/** A snippet with its found words marked; everything else in it is text. */
export function markSnippet(snippet: string): Html {
  const [before = '', ...found] = snippet.split(MARK_OPEN)
  return html`${before}${found.map((piece) => {
    const [word = '', after = ''] = piece.split(MARK_CLOSE)
    return html`<mark>${word}</mark>${after}`
  })}`
}
