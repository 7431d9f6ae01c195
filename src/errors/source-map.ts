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

/** A source map, and the folder that the names of its sources begin in. */
interface ReadMap {
  readonly map: SourceMap
  readonly folder: string
}

/** Of the files that were asked for; a file is read once. */
const maps = new Map<string, ReadMap | undefined>()

/**
 * The place in the source that a place in a compiled file was made of, by the file's own source map; the place itself where there is none. Reads the file at its first use: Node keeps source maps only
 * under --enable-source-maps, and then its stacks name the source already.
 */
export function originalPlace(place: Place): Place {
  if (process.sourceMapsEnabled) return place
  const { file, line, column } = place
  const read = mapOf(file)
  const origin = read?.map.findOrigin(line, column)
  if (read === undefined || origin === undefined || !('fileName' in origin)) return place
  const { fileName, lineNumber, columnNumber } = origin
  return { file: pathOf(fileName, read.folder), line: lineNumber, column: columnNumber }
}

function mapOf(file: string): ReadMap | undefined {
  if (!maps.has(file)) maps.set(file, readMap(file))
  return maps.get(file)
}

function readMap(file: string): ReadMap | undefined {
  try {
    const url = /^\/\/[#@] sourceMappingURL=(\S+)\s*$/m.exec(lastLinesOf(file))?.[1]
    if (url === undefined) return undefined
    const inline = /^data:application\/json[^,]*;base64,(.*)$/.exec(url)?.[1]
    const holder = inline === undefined ? pathOf(url, dirname(file)) : file
    const json =
      inline === undefined ? readFileSync(holder, 'utf8') : Buffer.from(inline, 'base64').toString()
    const payload = JSON.parse(json) as ConstructorParameters<typeof SourceMap>[0]
    return { map: new SourceMap(payload), folder: pathOf(payload.sourceRoot, dirname(holder)) }
  } catch {
    return undefined // no map that can be read: the compiled place is what there is to tell
  }
}

/** The comment is the last one of a file; the same words in its code are not meant. */
function lastLinesOf(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-2).join('\n')
}

/** A path or URL that is named from `folder`. */
function pathOf(named: string | undefined, folder: string): string {
  return named?.startsWith('file:') === true ? fileURLToPath(named) : resolve(folder, named ?? '')
}
