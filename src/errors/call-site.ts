import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withWholeStack } from './athanor-error.ts'
import { originalPlace } from './source-map.ts'

/** Undefined in a bundle of CommonJS. */
const OWN_URL = import.meta.url as string | undefined
const OWN_FILE = OWN_URL === undefined ? undefined : fileURLToPath(OWN_URL)
/** In a bundle library and program are one file, and only its source map can tell them apart. */
const IS_BUNDLED = OWN_FILE === undefined || !/[\\/]errors[\\/]call-site\.[jt]s$/.test(OWN_FILE)
const LIBRARY = OWN_FILE === undefined ? [] : IS_BUNDLED ? [OWN_FILE] : foldersAround(OWN_FILE)

/** The build and the sources that its source maps name. */
function foldersAround(file: string): string[] {
  const folder = dirname(dirname(file))
  return [folder + sep, join(dirname(folder), 'src') + sep]
}

/** So many call sites are kept behind one: work that starts its own successor would hold all before it. */
const MOST_BEHIND = 10

/** How a call site is captured. */
export interface CallSiteOptions {
  /** Frames above this function are left out; those of the library are skipped anyway. Default: the constructor. */
  readonly below?: Function
  /** Whether to look past the libraries that stand between: a query passes through several. Default: as far as Error.stackTraceLimit, which is 10 frames. */
  readonly wholeStack?: boolean
  /** What is told where no frame is the developer's. */
  readonly otherwise?: CallSite | undefined
}

/** A stack captured where something happened, rendered only when somebody asks: capturing costs about a microsecond, rendering much more. */
export class CallSite {
  readonly #trace: { stack?: string } = {}
  readonly #otherwise: CallSite | undefined
  /** How many are behind it. */
  readonly #depth: number

  constructor({ below = CallSite, wholeStack = false, otherwise }: CallSiteOptions = {}) {
    const isNear = otherwise !== undefined && otherwise.#depth < MOST_BEHIND
    this.#otherwise = isNear ? otherwise : undefined
    this.#depth = isNear ? otherwise.#depth + 1 : 0
    if (wholeStack) withWholeStack(() => Error.captureStackTrace(this.#trace, below))
    else Error.captureStackTrace(this.#trace, below)
  }

  /** The first frame outside this library and node_modules as `routes/posts.ts:31:9`, in the source where the code was compiled with a source map; `<unknown>` if there is none. */
  toString(): string {
    for (const line of (this.#trace.stack ?? '').split('\n').slice(1)) {
      const place = frameOf(line)
      if (place !== undefined) return place
    }
    return this.#otherwise?.toString() ?? '<unknown>'
  }
}

function frameOf(text: string): string | undefined {
  const found =
    /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:\\)(?:[^()]|\([^()]*\))*):(\d+):(\d+)\)?$/.exec(
      text,
    )
  if (found === null) return undefined
  const [, path = '', line, column] = found
  const compiled = path.startsWith('file:') ? fileURLToPath(path) : path
  if (!IS_BUNDLED && isForeign(compiled)) return undefined
  const { file, ...at } = originalPlace({
    file: compiled,
    line: Number(line),
    column: Number(column),
  })
  if (isForeign(file)) return undefined
  const base = process.cwd() + sep
  return `${file.startsWith(base) ? file.slice(base.length) : file}:${at.line}:${at.column}`
}

function isForeign(file: string): boolean {
  return LIBRARY.some((path) => file.startsWith(path)) || file.includes(`${sep}node_modules${sep}`)
}
