import { EngineUrl, isSecretName, maskPassword } from './url.ts'
import type { EffectiveEngineOptions, OptionOrigin } from './options.ts'

/** One option of an engine as it is in effect. */
export interface OptionDescription {
  /** `lockTimeoutMs`, `pool.size`; the first is `url`. */
  readonly name: string
  /** What is in effect; undefined where the database decides. Passwords are `***`. */
  readonly value: unknown
  readonly origin: OptionOrigin
}

/** Every option with its value and where that comes from. */
export function describeOptions(
  url: EngineUrl,
  options: EffectiveEngineOptions,
  origins: ReadonlyMap<string, OptionOrigin>,
): OptionDescription[] {
  const { pool, ...others } = options
  const named: [name: string, value: unknown][] = [
    ['url', url.toString()],
    ...Object.entries(others),
    ...Object.entries(pool).map(([name, value]): [string, unknown] => [`pool.${name}`, value]),
  ]
  return named.map(([name, value]) => ({
    name,
    value: masked(value),
    origin: origins.get(name) ?? 'default',
  }))
}

/** `ssl` may hold a private key and its passphrase, and URLs hold passwords. */
function masked(value: unknown): unknown {
  if (typeof value === 'string') return value.includes('://') ? maskPassword(value) : value
  if (value instanceof EngineUrl) return value.toString()
  if (value instanceof URL) return maskPassword(value.href)
  if (Array.isArray(value)) return value.map(masked)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(String) // URLs, which print no password
  const members = Object.entries(value).map(([name, member]) => [
    name,
    isSecretName(name) ? '***' : masked(member),
  ])
  return Object.fromEntries(members)
}
