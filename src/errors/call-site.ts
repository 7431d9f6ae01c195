import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const LIBRARY = fileURLToPath(new URL('..', import.meta.url))

/** A stack captured where something happened, rendered only when somebody asks: capturing costs about a microsecond, rendering much more. */
export class CallSite {
  readonly #trace: { stack?: string } = {}

  /** Frames above `below` are left out; those of this library are skipped anyway. */
  constructor(below: Function = CallSite) {
    Error.captureStackTrace(this.#trace, below)
  }

  /** The first frame outside this library and node_modules as `routes/posts.ts:31:9`, or `<unknown>`. */
  toString(): string {
    for (const line of (this.#trace.stack ?? '').split('\n').slice(1)) {
      const place = frameOf(line)
      if (place !== undefined) return place
    }
    return '<unknown>'
  }
}

function frameOf(line: string): string | undefined {
  const found = /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?$/.exec(line)
  if (found?.[1] === undefined) return undefined
  const [, path = '', position = ''] = /^(.*?)(:\d+:\d+)$/.exec(found[1]) ?? []
  const file = path.startsWith('file:') ? fileURLToPath(path) : path
  if (file.startsWith(LIBRARY) || file.includes(`${sep}node_modules${sep}`)) return undefined
  const base = process.cwd() + sep
  return (file.startsWith(base) ? file.slice(base.length) : file) + position
}
