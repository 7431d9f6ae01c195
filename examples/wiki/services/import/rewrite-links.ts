import { posix } from 'node:path'
import { pathOf } from '../../models/location.ts'

// In this order: code is shown and not followed, so what looks like a link in it stays as it is.
const FENCE =
  /^[ \t]*(?<fence>`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^[ \t]*\k<fence>[`~]*[ \t]*$|$(?![\s\S]))/
const CODE = /(?<!`)(?<ticks>`+)(?!`)(?:(?!\n\n)[\s\S])*?(?<!`)\k<ticks>(?!`)/
const LINK =
  /(?<image>!?)\[(?<label>(?:[^[\]\n]|\[[^[\]\n]*\])*)\]\(<?(?<target>[^\s()<>]+)>?(?<title>[^()\n]*)\)/
const REFERENCE = /^(?<name>[ \t]{0,3}\[[^\]\n]+\]:[ \t]*)<?(?<address>[^\s<>]+)>?/
const PIECES = new RegExp(
  [FENCE, CODE, LINK, REFERENCE].map((piece) => piece.source).join('|'),
  'gm',
)

type Groups = Readonly<Record<string, string | undefined>>

/**
 * Turns the relative links of a file into links to pages. `locations` knows where each imported file went.
 *
 * A relative link to anything that was not imported (a source file, a picture) becomes its own text: in the wiki it would lead nowhere.
 */
export function rewriteLinks(
  text: string,
  file: string,
  locations: ReadonlyMap<string, string>,
): string {
  return text.replaceAll(PIECES, (piece, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Groups
    if (groups['address'] !== undefined) {
      return `${groups['name']}${resolve(groups['address'], file, locations) ?? groups['address']}`
    }
    const { image, label, target, title } = groups
    if (target === undefined || label === undefined) return piece
    const address = resolve(target, file, locations)
    const inner = image === '!' ? label : rewriteLinks(label, file, locations)
    return address === undefined ? inner : `${image}[${inner}](${address}${title})`
  })
}

/** Where a link leads in the wiki; absolute addresses and fragments lead where they did; `undefined` is nowhere. */
function resolve(
  target: string,
  file: string,
  locations: ReadonlyMap<string, string>,
): string | undefined {
  if (/^(?:[a-z][a-z\d+.-]*:|\/|#)/i.test(target)) return target
  const [path = '', fragment] = target.split('#')
  const full = posix.join(posix.dirname(file), decoded(path)).replace(/\/$/, '')
  const spellings = [
    full,
    `${full}.md`,
    posix.join(full, 'index.md'),
    posix.join(full, 'README.md'),
  ]
  const location = spellings
    .map((spelling) => locations.get(spelling))
    .find((found) => found !== undefined)
  return location === undefined
    ? undefined
    : pathOf(location) + (fragment === undefined ? '' : `#${fragment}`)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path // a lone % is just a %
  }
}
