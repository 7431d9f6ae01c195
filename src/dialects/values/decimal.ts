import { BindError } from '../../errors/index.ts'
import { canonicalDecimal } from '../../schema/index.ts'
import { unreadable } from './unreadable.ts'

/** Without superfluous zeros, so that one number has one text; with a scale with as many digits after the point. Never rounds: what does not fit is refused. */
export function encodeDecimal(text: string, precision: number = Infinity, scale?: number): string {
  const canonical = canonicalDecimal(text)
  const [whole = '', fraction = ''] = canonical.replace('-', '').split('.')
  const places = scale ?? fraction.length
  if (fraction.length > places || whole.length > Math.max(1, precision - places)) {
    throw new BindError(
      `Cannot store a number in a decimal column: it has more digits than decimal(${precision}, ${places}) can hold. Round it first.`,
      { info: { precision, scale } },
    )
  }
  return fraction.length === places
    ? canonical
    : `${canonical}${fraction === '' ? '.' : ''}${'0'.repeat(places - fraction.length)}`
}

/** Text from a column; a number or bigint from a sum. */
export function decodeDecimal(stored: unknown): string {
  if (typeof stored === 'string' && /^-?\d+(?:\.\d+)?$/.test(stored)) return stored
  if (typeof stored === 'bigint') return String(stored)
  if (typeof stored === 'number' && Number.isFinite(stored)) return withoutExponent(stored)
  throw unreadable('decimal', stored)
}

function withoutExponent(number: number): string {
  const text = String(number)
  return text.includes('e')
    ? number.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 })
    : text
}
