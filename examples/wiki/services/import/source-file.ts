import { LOCATION_LENGTH, parseLocation, titleFor } from '../../models/location.ts'
import { TITLE_LENGTH } from '../../models/page.ts'
import { parseTags } from '../../models/tag-names.ts'

/** A Markdown file as it lies in its folder. */
export interface SourceFile {
  /** Its path from the folder's root, with `/` between the parts. */
  readonly path: string
  readonly text: string
}

/** What a file says, as a page. */
export interface SourcePage {
  readonly title: string
  readonly body: string
  readonly tags: readonly string[]
}

/**
 * Where a file's page belongs: `guides/testing.md` at `guides/testing`, and a folder's `README.md` or `index.md` at the folder itself.
 * `undefined` when no readable location can be made of the path.
 */
export function locationOfFile(path: string, under: string): string | undefined {
  const segments = path.replace(/\.[^./]+$/, '').split('/')
  if (/^(index|readme)$/i.test(segments.at(-1) ?? '')) segments.pop()
  const readable = segments.map((segment) =>
    segment.replaceAll(/[^\p{L}\p{M}\p{N}._-]+/gu, '-').replaceAll(/^[^\p{L}\p{N}]+|-+$/gu, ''),
  )
  if (readable.includes('')) return undefined
  const location = [under, ...readable].filter((part) => part !== '').join('/')
  return location === '' ? 'home' : parseLocation(location.slice(0, LOCATION_LENGTH))
}

/** Reads a file: front matter if it begins with one, the title from there or from the first heading, which then leaves the body. */
export function readSourceFile(text: string, location: string): SourcePage {
  const { facts, rest } = readFrontMatter(text)
  const heading = /^\s*#[ \t]+(.+?)[ \t#]*(?:\n+|$)/.exec(rest)
  const title =
    facts.get('title') ??
    (heading?.[1] === undefined ? titleFor(location) : withoutMarks(heading[1]))
  return {
    title: title.slice(0, TITLE_LENGTH),
    body: (heading === null ? rest : rest.slice(heading[0].length)).trim(),
    tags: parseTags((facts.get('tags') ?? '').replaceAll(/[[\]"']/g, '')),
  }
}

/** The simple part of YAML that front matter mostly is: `key: value`, a line each, between two lines of `---`. */
function readFrontMatter(text: string): { facts: Map<string, string>; rest: string } {
  const plain = text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n')
  const match = /^---\n([\s\S]*?)\n---(?:\n|$)/.exec(plain)
  const facts = new Map<string, string>()
  for (const line of match?.[1]?.split('\n') ?? []) {
    const fact = /^(\w+):\s*(.+)$/.exec(line)
    if (fact?.[1] !== undefined && fact[2] !== undefined)
      facts.set(fact[1].toLowerCase(), fact[2].trim().replace(/^(["'])(.*)\1$/, '$2'))
  }
  return { facts, rest: match === null ? plain : plain.slice(match[0].length) }
}

/** A heading's words: links as their text, code and emphasis without signs. */
function withoutMarks(heading: string): string {
  return heading
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .trim()
}
