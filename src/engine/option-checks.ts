import { ConfigurationError } from '../errors/index.ts'
import { nearest } from '../util/index.ts'
import { adviceForLegacyName } from './legacy-options.ts'

interface OptionCheck {
  /** What the option takes, in words. */
  readonly expects: string
  readonly accepts: (value: unknown) => boolean
}

const oneOf = (...values: readonly unknown[]): OptionCheck => ({
  expects: `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`,
  accepts: (value) => values.includes(value),
})
const count = (least: number): OptionCheck => ({
  expects: `a whole number from ${least}`,
  accepts: (value) => Number.isSafeInteger(value) && Number(value) >= least,
})
const duration: OptionCheck = {
  expects: 'milliseconds: a number from 0, or Infinity',
  accepts: (value) => typeof value === 'number' && value >= 0,
}
const flag: OptionCheck = {
  expects: 'true or false',
  accepts: (value) => typeof value === 'boolean',
}

/** Every option, with what it takes. Options of a group are spelt `group.name`. */
const CHECKS: Readonly<Record<string, OptionCheck>> = {
  url: {
    expects: 'a URL as text, or a URL object',
    accepts: (value) => typeof value === 'string' || value instanceof URL,
  },
  replicas: {
    expects: 'a list of URLs',
    accepts: (value) =>
      Array.isArray(value) &&
      value.every((member) => typeof member === 'string' || member instanceof URL),
  },
  instancePath: {
    expects: 'the path of a folder',
    accepts: (value) => typeof value === 'string' && value !== '',
  },
  'pool.size': count(0),
  'pool.maxOverflow': {
    expects: 'a whole number from 0, or Infinity',
    accepts: (value) => value === Infinity || count(0).accepts(value),
  },
  'pool.timeoutMs': duration,
  'pool.recycleMs': duration,
  'pool.idleMs': duration,
  'pool.order': oneOf('lifo', 'fifo'),
  isolation: oneOf(
    'autocommit',
    'read uncommitted',
    'read committed',
    'repeatable read',
    'serializable',
  ),
  begin: oneOf('onWrite', 'onFirstStatement'),
  prePing: oneOf('auto', 'always', false),
  resetOnReturn: oneOf('rollback', 'full'),
  statementTimeoutMs: duration,
  lockTimeoutMs: duration,
  idleInTransactionTimeoutMs: duration,
  connectTimeoutMs: duration,
  reconnectWindowMs: duration,
  provenAliveMs: duration,
  preparedStatements: oneOf(true, false, 'auto'),
  ssl: {
    expects: 'true, false, or TLS options',
    accepts: (value) => typeof value === 'boolean' || (typeof value === 'object' && value !== null),
  },
  echo: flag,
  echoParameters: flag,
  durability: oneOf('off', 'normal', 'full'),
  cacheSizeKib: count(1),
  maxPageCount: count(1),
  onError: {
    expects: 'a function (context) => void',
    accepts: (value) => typeof value === 'function',
  },
  configure: {
    expects: 'a function (options, engineKey) => options',
    accepts: (value) => typeof value === 'function',
  },
}

const GROUPS: ReadonlySet<string> = new Set(['pool'])

/** Options as a flat list, `pool: { size: 2 }` as `pool.size`; those that are undefined are left out, as if nobody had written them. Checks every name and value. */
export function flatten(options: object, engineKey: string): Map<string, unknown> {
  const flat = new Map<string, unknown>()
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (!GROUPS.has(name)) flat.set(name, value)
    else if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw wrongValue(name, value, { expects: 'an object of options' }, engineKey)
    else
      for (const [member, inner] of Object.entries(value))
        if (inner !== undefined) flat.set(`${name}.${member}`, inner)
  }
  for (const [name, value] of flat) check(name, value, engineKey)
  return flat
}

/** The object that `flatten` would make this list of. */
export function unflatten(flat: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  for (const [name, value] of flat) {
    const [group, member] = name.split('.')
    if (member === undefined) options[name] = value
    else options[group ?? ''] = { ...(options[group ?? ''] as object | undefined), [member]: value }
  }
  return options
}

function check(name: string, value: unknown, engineKey: string): void {
  const known = CHECKS[name]
  if (known === undefined || !Object.hasOwn(CHECKS, name))
    throw unknownOption(name, value, engineKey)
  if (!known.accepts(value)) throw wrongValue(name, value, known, engineKey)
}

function unknownOption(name: string, value: unknown, engineKey: string): ConfigurationError {
  const near = nearest(name, Object.keys(CHECKS))
  const advice =
    adviceForLegacyName(name, value) ??
    (near === undefined
      ? `Known are ${Object.keys(CHECKS).join(', ')}.`
      : `Did you mean "${near}"?`)
  return new ConfigurationError(`Unknown option "${name}" of engine "${engineKey}". ${advice}`, {
    code: 'UNKNOWN_OPTION',
    info: { option: name, engineKey, nearest: near },
  })
}

/** The value itself is never shown: it may be a secret. */
function wrongValue(
  name: string,
  value: unknown,
  { expects }: Pick<OptionCheck, 'expects'>,
  engineKey: string,
): ConfigurationError {
  const kind =
    value === null
      ? 'null'
      : Array.isArray(value)
        ? 'an array'
        : typeof value === 'number'
          ? 'the number ' + String(value)
          : `a ${typeof value}`
  return new ConfigurationError(
    `Cannot use the option "${name}" of engine "${engineKey}": it takes ${expects}, and got ${kind}.`,
    { info: { option: name, engineKey, expects } },
  )
}
