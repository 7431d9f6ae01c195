import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A place in a file. Lines and columns begin with 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Of the files that were asked for; a file is read once. */
const maps = new Map<string, SourceMap | undefined>()

/**
 * The place in the source that a place in a compiled file was made of, by the file's own source map; the place itself where there is none. Reads the file at its first use: Node keeps source maps only
 * under --enable-source-maps, and then its stacks name the source already.
 */
export function originalPlace(place: Place): Place {
  if (process.sourceMapsEnabled) return place
  const { file, line, column } = place
  const origin = mapOf(file)?.findOrigin(line, column)
  if (origin === undefined || !('fileName' in origin)) return place
  const { fileName, lineNumber, columnNumber } = origin
  return { file: pathOf(fileName, file), line: lineNumber, column: columnNumber }
}

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) maps.set(file, readMap(file))
  return maps.get(file)
}

function readMap(file: string): SourceMap | undefined {
  try {
    const url = /^\/\/[#@] sourceMappingURL=(\S+)\s*$/m.exec(lastLinesOf(file))?.[1]
    if (url === undefined) return undefined
    const inline = /^data:application\/json[^,]*;base64,(.*)$/.exec(url)?.[1]
    const json =
      inline === undefined
        ? readFileSync(pathOf(url, file), 'utf8')
        : Buffer.from(inline, 'base64').toString()
    return new SourceMap(JSON.parse(json))
  } catch {
    return undefined // no map that can be read: the compiled place is what there is to tell
  }
}

/** The comment is the last one of a file; the same words in its code are not meant. */
function lastLinesOf(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-2).join('\n')
}

/** A path or URL as it stands in `file`. */
function pathOf(named: string, file: string): string {
  return named.startsWith('file:') ? fileURLToPath(named) : resolve(dirname(file), named)
}
