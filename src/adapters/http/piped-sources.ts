import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'

/** The streams that are piped into a response. */
const sources = new WeakMap<ServerResponse, Set<Readable>>()

/**
 * Lets go what is piped into `response` when it is closed, however that came: Node leaves a source open whose client has gone, with the file or the
 * query behind it.
 */
export function watchSources(response: ServerResponse): void {
  if (sources.has(response)) return
  const piped = new Set<Readable>()
  sources.set(response, piped)
  response.on('pipe', (source: Readable) => piped.add(source))
  response.once('close', () => {
    for (const source of piped) {
      source.unpipe(response)
      if (hasNoOther(source)) source.destroy()
    }
  })
}

/** Takes the response from its sources; they are let go when it is closed. */
export function unpipeSources(response: ServerResponse): void {
  for (const source of sources.get(response) ?? []) source.unpipe(response)
}

/** A source that others read, or that others write to, may be a channel for several responses. */
function hasNoOther(source: Readable): boolean {
  return source.listenerCount('data') === 0 && !('write' in source)
}
