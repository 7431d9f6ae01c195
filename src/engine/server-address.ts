import { ConfigurationError } from '../errors/index.ts'
import type { EngineUrl } from './url.ts'

/** Where a server is, and who logs in. What the URL does not say is undefined: the dialect knows its defaults. */
export interface ServerAddress {
  readonly host: string | undefined
  readonly port: number | undefined
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string | undefined
  /** What stands behind `?`, decoded. */
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * Reads the location of a server's URL: `//user:password@host:port/database?name=value`, percent-encoded where a part holds `:/?#[]@`.
 *
 * @throws {ConfigurationError} CONFIGURATION; the text shows no password.
 */
export function parseServerAddress(url: EngineUrl): ServerAddress {
  // not `location`, in which a URL object is decoded for the paths of files
  const text = url.unmasked.replace(/^[^:]*:/, 'server:')
  if (!text.startsWith('server://') || !URL.canParse(text)) throw notReadable(url)
  try {
    return read(new URL(text))
  } catch {
    throw notReadable(url) // a "%" that stands for nothing
  }
}

function read(url: URL): ServerAddress {
  const database = url.pathname.slice(1)
  return {
    host: given(url.hostname.replace(/^\[(.*)\]$/, '$1')),
    port: url.port === '' ? undefined : Number(url.port),
    user: given(url.username),
    password: given(url.password),
    database: given(database),
    parameters: new Map(url.searchParams),
  }
}

function given(part: string): string | undefined {
  return part === '' ? undefined : decodeURIComponent(part)
}

function notReadable(url: EngineUrl): ConfigurationError {
  return new ConfigurationError(
    `Cannot read the database URL "${url.toString()}". Write "${url.dialect}://user:password@host:port/database", and encode what is special in a part with encodeURIComponent().`,
  )
}
