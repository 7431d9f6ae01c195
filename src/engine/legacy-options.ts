import { snakeCase } from '../util/index.ts'

interface NewSpelling {
  /** Today's name, `pool.size`; undefined when nothing takes its place. */
  readonly name?: string
  /** Why there is none, as a sentence. */
  readonly reason?: string
  /** The old one counted seconds. */
  readonly inSeconds?: boolean
}

/** Names that people bring along from SQLAlchemy, Flask-SQLAlchemy and other pools, in snake case and without `SQLALCHEMY_`. */
const NEW_SPELLINGS: Readonly<Record<string, NewSpelling>> = {
  database_uri: { name: 'url' },
  uri: { name: 'url' },
  pool_size: { name: 'pool.size' },
  max_overflow: { name: 'pool.maxOverflow' },
  pool_max_overflow: { name: 'pool.maxOverflow' },
  pool_timeout: { name: 'pool.timeoutMs', inSeconds: true },
  timeout: { name: 'pool.timeoutMs', inSeconds: true },
  pool_recycle: { name: 'pool.recycleMs', inSeconds: true },
  recycle: { name: 'pool.recycleMs', inSeconds: true },
  pool_idle_timeout: { name: 'pool.idleMs', inSeconds: true },
  idle_timeout: { name: 'pool.idleMs', inSeconds: true },
  pool_use_lifo: { name: 'pool.order' },
  pool_pre_ping: { name: 'prePing' },
  pre_ping: { name: 'prePing' },
  isolation_level: { name: 'isolation' },
  statement_timeout: { name: 'statementTimeoutMs' },
  idle_timeout_millis: { name: 'pool.idleMs' },
  idle_in_transaction_session_timeout: { name: 'idleInTransactionTimeoutMs' },
  connect_timeout: { name: 'connectTimeoutMs', inSeconds: true },
  connection_timeout_millis: { name: 'connectTimeoutMs' },
  connection_limit: { name: 'pool.size' },
  lock_timeout: { name: 'lockTimeoutMs' },
  busy_timeout: { name: 'lockTimeoutMs' },
  native_unicode: { reason: 'Leave it out: text is always Unicode.' },
  pool_reset_on_return: { name: 'resetOnReturn' },
  reset_on_return: { name: 'resetOnReturn' },
  poolclass: {
    reason:
      'Leave it out: the dialect chooses its pool. For a NullPool write pool: { size: 0, maxOverflow: Infinity }.',
  },
  connect_args: {
    reason: 'Leave it out: everything that a driver can be told is an option of the engine.',
  },
  commit_on_teardown: {
    reason:
      "It is no option of an engine: give the Database commit: 'onSuccess', which commits before the response leaves.",
  },
}

/** What to write instead of an option's old name; undefined for names that were never any. */
export function adviceForLegacyName(option: string, value: unknown): string | undefined {
  const old = option.replace(/^SQLALCHEMY_/, '').replace(/^pool\.(?:pool_?)?/i, '')
  const snake = /^[A-Z_]+$/.test(old) ? old.toLowerCase() : snakeCase(old)
  const spelling =
    spellingOf(snake) ?? (option.startsWith('pool.') ? spellingOf(`pool_${snake}`) : undefined)
  if (spelling === undefined) return undefined
  if (spelling.name === undefined) return spelling.reason
  return spelling.inSeconds === true
    ? `Durations are in milliseconds here, and the name says so: write ${assignment(spelling.name, inMilliseconds(value))}.`
    : `Write ${assignment(spelling.name, undefined)}.`
}

function spellingOf(name: string): NewSpelling | undefined {
  return Object.hasOwn(NEW_SPELLINGS, name) ? NEW_SPELLINGS[name] : undefined
}

/** `pool: { recycleMs: 280_000 }`. */
function assignment(name: string, value: string | undefined): string {
  const [group = '', member] = name.split('.')
  if (member === undefined) return value === undefined ? `"${name}"` : `${name}: ${value}`
  return `pool: { ${member}: ${value ?? '…'} }`.replace('pool', group)
}

function inMilliseconds(value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) return undefined
  return String(Math.round(value * 1000)).replace(/\B(?=(?:\d{3})+$)/g, '_')
}
