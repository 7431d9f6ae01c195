import { readFileSync } from 'node:fs'

/** A fenced block of TypeScript in a page or a doc comment: a whole module. */
export interface Example {
  /** `README.md:26`, for messages. */
  readonly place: string
  readonly code: string
}

/**
 * The blocks of a page, or of the doc comments of a source file, that begin with ```ts.
 *
 * Each is a module of its own; ```ts continued goes on where the block before it on the page ended.
 */
export function readExamples(file: string): Example[] {
  const examples: Example[] = []
  let open: { readonly place: string; readonly lines: string[] } | undefined
  for (const [index, raw] of readFileSync(file, 'utf8').split('\n').entries()) {
    const line = file.endsWith('.ts') ? raw.replace(/^\s*\* ?/, '') : raw
    const fence = /^```ts(?: (\w+))?$/.exec(line)
    if (open === undefined && fence !== null) {
      const before = fence[1] === 'continued' ? examples.pop() : undefined
      open = { place: `${file}:${index + 1}`, lines: before === undefined ? [] : [before.code] }
    } else if (open !== undefined && line.startsWith('```')) {
      examples.push({ place: open.place, code: `${open.lines.join('\n')}\n` })
      open = undefined
    } else {
      open?.lines.push(line)
    }
  }
  return examples
}

/** The code with every `expression // => value` turned into an assertion that it is so. */
export function withAssertions(code: string): string {
  const asserted = code.split('\n').map(asserting).join('\n')
  if (asserted === code) return code
  return `import { deepEqual as assertExample } from 'node:assert/strict'\n${asserted}`
}

function asserting(line: string): string {
  const [, indent = '', declaration = '', expression, value] =
    /^( *)(?:const (\w+)(?:: [^=]+)? = )?(.+?);? +\/\/ => (.+)$/.exec(line) ?? []
  if (expression === undefined || value === undefined) return line
  if (declaration === '') return `${indent}assertExample(${expression}, (${value}))`
  return `${indent}const ${declaration} = ${expression}; assertExample(${declaration}, (${value}))`
}
