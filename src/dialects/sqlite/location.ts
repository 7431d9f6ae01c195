import { ConfigurationError } from '../../errors/index.ts'
import { maskPassword } from '../../engine/index.ts'

/** Where a SQLite database is. */
export type SqliteLocation =
  | { readonly kind: 'memory' }
  | { readonly kind: 'file'; readonly path: string }

const MEMORY: SqliteLocation = { kind: 'memory' }

/** Parameters that a location may have, with their values. All of them but `mode=memory` say what is done anyway, or mean nothing to one connection. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  mode: ['memory', 'rwc'],
  cache: ['private', 'shared'],
  uri: ['true'],
}

/**
 * Reads what follows `sqlite:`. `:memory:`, `//` and `///:memory:` are a database in memory; `///app.db` is relative and `////app.db` absolute, as in
 * SQLAlchemy; `file:` URIs are SQLite's own.
 *
 * @throws {ConfigurationError} CONFIGURATION when it names no file, a host, or a parameter that is not known.
 */
export function parseLocation(location: string): SqliteLocation {
  const [, place = '', query] = /^(.*?)(?:\?(.*))?$/s.exec(location) ?? []
  const parameters = readParameters(location, query ?? '')
  if (place.startsWith('///'))
    return parseLocation(place.slice(3) + (query === undefined ? '' : `?${query}`))
  const path = /^file:/i.test(place) ? pathOfUri(place, location) : place
  if (path === ':memory:' || path === '//' || parameters.get('mode') === 'memory') return MEMORY
  if (path === '')
    throw refused(
      location,
      'it names no file',
      'Write "sqlite:app.db", or "sqlite::memory:" for a database in memory.',
    )
  if (path.startsWith('//'))
    throw refused(
      location,
      'SQLite has no hosts',
      'Write "sqlite:app.db" for a file in the instance folder, or "sqlite:////srv/app.db" for an absolute path.',
    )
  return { kind: 'file', path }
}

/** `file:app.db`, `file:/app.db`, `file:///app.db`, `file://localhost/app.db`; percent signs escape. */
function pathOfUri(uri: string, location: string): string {
  const [, path] = /^file:(?:\/\/(?:localhost)?(?=\/))?(.*)$/is.exec(uri) ?? []
  try {
    return decodeURIComponent(path ?? '')
  } catch (cause) {
    throw refused(
      location,
      'it has a "%" that escapes nothing',
      'Write "%25" for a percent sign in a file: URI.',
      cause,
    )
  }
}

function readParameters(location: string, query: string): ReadonlyMap<string, string> {
  const parameters = new Map(new URLSearchParams(query))
  for (const [name, value] of parameters) {
    if (!Object.hasOwn(PARAMETERS, name))
      throw refused(
        location,
        `the parameter "${name}" is not known`,
        'Known are mode=memory, mode=rwc, cache=private and cache=shared; everything else is an option of the engine.',
      )
    if (PARAMETERS[name]?.includes(value) !== true)
      throw refused(
        location,
        `"${name}" takes ${PARAMETERS[name]?.join(' or ') ?? ''}`,
        'Correct it, or leave it out.',
      )
  }
  return parameters
}

function refused(
  location: string,
  what: string,
  advice: string,
  cause?: unknown,
): ConfigurationError {
  return new ConfigurationError(
    `Cannot use "${maskPassword(`sqlite:${location}`)}" as a database URL: ${what}. ${advice}`,
    cause === undefined ? {} : { cause },
  )
}
