import { ConfigurationError } from '../../errors/index.ts'
import { parseServerAddress, type EngineSettings, type EngineUrl } from '../../engine/index.ts'
import type { PgConfig } from './pg-library.ts'

const DEFAULT_PORT = 5432
/** After this long without a word the system asks whether the other side is there. */
const KEEP_ALIVE_MS = 10_000

/**
 * How to connect to the server that an engine's URL names. No environment is read.
 *
 * @throws {ConfigurationError} CONFIGURATION for what the URL cannot say.
 */
export function serverSettings({ url, options }: EngineSettings): PgConfig {
  const address = parseServerAddress(url)
  for (const name of address.parameters.keys())
    if (!PARAMETERS.has(name)) throw unknownParameter(name, url)
  const user = address.user ?? 'postgres'
  return {
    host: address.parameters.get('host') ?? address.host ?? 'localhost',
    port: address.port ?? DEFAULT_PORT,
    user,
    password: () => passwordOf(address.password, url),
    database: address.database ?? user,
    ssl: tlsOptions(url, options.ssl, address.parameters.get('sslmode')),
    application_name: address.parameters.get('application_name') ?? 'athanor',
    connectionTimeoutMillis: options.connectTimeoutMs === Infinity ? 0 : options.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  }
}

const PARAMETERS: ReadonlySet<string> = new Set(['host', 'sslmode', 'application_name'])

/** Asked for only when the server wants it. */
function passwordOf(password: string | undefined, url: EngineUrl): string {
  if (password !== undefined) return password
  throw new ConfigurationError(
    `Cannot log in to the database of "${url.toString()}": the server asks for a password, and the URL has none. Write "${url.dialect}://user:password@host/database".`,
  )
}

/** `sslmode` of the URL, as libpq knows it, where the option `ssl` does not say otherwise. */
function tlsOptions(
  url: EngineUrl,
  option: boolean | object | undefined,
  mode: string | undefined,
): boolean | object {
  if (typeof option === 'object') return { ...option } // pg changes it
  if (option !== undefined) return option
  const meant = mode === undefined ? false : TLS_MODES[mode]
  if (meant !== undefined && (mode === undefined || Object.hasOwn(TLS_MODES, mode))) return meant
  throw new ConfigurationError(
    `Cannot use "sslmode=${mode}" in the database URL "${url.toString()}": it is one of ${Object.keys(TLS_MODES).join(', ')}. A mode that goes on without TLS where the server has none would protect nothing.`,
  )
}

/** `require` encrypts and does not ask who the server is; the last two do, of its certificate, and of its name too. */
const TLS_MODES: Readonly<Record<string, boolean | object>> = {
  disable: false,
  require: { rejectUnauthorized: false },
  'verify-ca': { checkServerIdentity: () => undefined },
  'verify-full': true,
}

function unknownParameter(name: string, url: EngineUrl): ConfigurationError {
  return new ConfigurationError(
    `Cannot use the parameter "${name}" of the database URL "${url.toString()}": known are ${[...PARAMETERS].join(', ')}. What an engine does is said by its options.`,
    { info: { parameter: name } },
  )
}
