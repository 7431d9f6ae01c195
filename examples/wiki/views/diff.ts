import type { DiffLine } from '../services/diff.ts'
import { html, type Html } from '../../shared/html.ts'

const SIGNS = { same: ' ', added: '+', removed: '−' } as const
const WORDS = { same: '', added: 'Added: ', removed: 'Removed: ' } as const

/** A comparison, a row a line. Signs and words tell what the colours do. */
export function diffTable(lines: readonly DiffLine[]): Html {
  if (lines.length === 0) return html`<p class="hint">The texts are the same.</p>`
  return html`<div class="table">
    <table class="diff">
      <tbody>
        ${lines.map(row)}
      </tbody>
    </table>
  </div>`
}

/** What a version says besides its text. */
export interface DiffFacts {
  readonly title: string
  readonly tags: readonly string[]
}

/** Title and tags of two versions. */
export function diffFacts(before: DiffFacts, after: DiffFacts): Html {
  return html`<dl class="facts">
    ${fact('Title', before.title, after.title)}${fact('Tags', before.tags.join(', '), after.tags.join(', '))}
  </dl>`
}

function fact(name: string, before: string, after: string): Html {
  return html`<dt>${name}</dt>
    <dd>
      ${before === after ? after || '–' : html`<del>${before || '–'}</del> <ins>${after || '–'}</ins>`}
    </dd>`
}

function row(line: DiffLine): Html {
  if (line.kind === 'gap')
    return html`<tr class="gap">
      <td colspan="2">${line.lines} unchanged ${line.lines === 1 ? 'line' : 'lines'}</td>
    </tr>`
  return html`<tr class="${line.kind}">
    <td class="sign" aria-hidden="true">${SIGNS[line.kind]}</td>
    <td><span class="unseen">${WORDS[line.kind]}</span>${pieces(line)}</td>
  </tr>`
}

function pieces(line: Exclude<DiffLine, { readonly kind: 'gap' }>): Html[] {
  return line.pieces.map(({ text, changed }) => {
    if (!changed) return html`${text}`
    return line.kind === 'added' ? html`<ins>${text}</ins>` : html`<del>${text}</del>`
  })
}
