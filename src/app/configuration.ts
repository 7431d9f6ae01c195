import { ConfigurationError } from '../errors/index.ts'
import { adviceForLegacyName, ENGINE_DEFAULTS, type EngineOptions } from '../engine/index.ts'
import { Session, type RegistryOptions, type SessionOptions } from '../orm/index.ts'
import { nearest } from '../util/index.ts'
import type { DatabaseConfig, DatabaseOptions } from './database-options.ts'
import type { CommitPolicy } from './outcome.ts'
import { recordingOf, type RecordingOptions, type RecordQueriesOptions } from './queries/index.ts'
import type { Logger } from './reporter.ts'
import type { ScopeOptions } from './scope-options.ts'

/** A configuration that was checked, every default filled in. Later changes to what it was made of have no effect. */
export interface Configuration {
  /** Options with a URL, by engine key. */
  readonly engines: ReadonlyMap<string, EngineOptions>
  readonly commit: CommitPolicy
  readonly session: Pick<SessionOptions, 'autoflush' | 'expireOnCommit'>
  readonly diagnostics: boolean
  readonly recordQueries: RecordingOptions | undefined
  readonly trackModifications: boolean
  readonly onListenerError: ((error: unknown, event: string) => void) | undefined
  readonly logger: Logger | undefined
  readonly naming: RegistryOptions['naming'] | undefined
  readonly name: string | undefined
  /** Signs cursors. */
  readonly cursorSecret: string | undefined
}

interface OptionCheck {
  readonly expects: string
  readonly accepts: (value: unknown) => boolean
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const flag: OptionCheck = {
  expects: 'true or false',
  accepts: (value) => typeof value === 'boolean',
}
const text: OptionCheck = {
  expects: 'a text',
  accepts: (value) => typeof value === 'string' && value !== '',
}
const options: OptionCheck = { expects: 'an object', accepts: isObject }

const CHECKS: Readonly<Record<keyof DatabaseConfig, OptionCheck>> = {
  url: {
    expects: 'a URL as text, or a URL object',
    accepts: (value) => typeof value === 'string' || value instanceof URL,
  },
  engines: options,
  engineOptions: options,
  session: options,
  echo: flag,
  diagnostics: flag,
  recordQueries: {
    expects: 'true, false or an object',
    accepts: (value) => typeof value === 'boolean' || isObject(value),
  },
  trackModifications: flag,
  onListenerError: {
    expects: 'a function (error, event) => void',
    accepts: (value) => typeof value === 'function',
  },
  instancePath: text,
  name: text,
  cursorSecret: text,
  commit: {
    expects: "'manual', 'onSuccess' or a function (outcome) => boolean",
    accepts: (value) => value === 'manual' || value === 'onSuccess' || typeof value === 'function',
  },
  naming: {
    expects: 'a function (modelName) => tableName, or null',
    accepts: (value) => value === null || typeof value === 'function',
  },
  logger: {
    expects: 'an object with debug, info, warn and error',
    accepts: (value) =>
      isObject(value) &&
      ['debug', 'info', 'warn', 'error'].every(
        (level) => typeof Reflect.get(value, level) === 'function',
      ),
  },
}

/** What messages call it. */
const DATABASE = 'the Database'
const SCOPE = 'a scope'

const SESSION_CHECKS: Readonly<Record<keyof Configuration['session'], OptionCheck>> = {
  autoflush: flag,
  expireOnCommit: {
    expects: "'stale', 'keep' or 'strict'",
    accepts: (value) => ['stale', 'keep', 'strict'].includes(String(value)),
  },
}

/** What only the constructor takes: it is the same for all applications. */
type SharedOptions = Omit<DatabaseOptions<unknown>, keyof DatabaseConfig>

const SHARED_CHECKS: Readonly<Record<keyof SharedOptions, OptionCheck>> = {
  models: options,
  sessionClass: {
    expects: 'a class that extends Session',
    accepts: (value) =>
      typeof value === 'function' && (value === Session || value.prototype instanceof Session),
  },
  currentScope: {
    expects: 'a function that gives a scope, or undefined',
    accepts: (value) => typeof value === 'function',
  },
}

/** @throws {ConfigurationError} CONFIGURATION. */
export function checkShared(given: SharedOptions): void {
  checkOptions(given, SHARED_CHECKS, DATABASE)
}

const SCOPE_CHECKS: Readonly<Record<keyof ScopeOptions, OptionCheck>> = {
  name: text,
  kind: text,
  commit: CHECKS.commit,
  isolation: text, // which levels there are is the engine's affair
  readOnly: flag,
  engines: options,
  schemas: options,
  app: {
    expects: "the framework's application",
    accepts: (value) => isObject(value) || typeof value === 'function',
  },
  timeoutMs: {
    expects: 'a number of milliseconds',
    accepts: (value) => typeof value === 'number' && value >= 0,
  },
  signal: { expects: 'an AbortSignal', accepts: (value) => isObject(value) && 'aborted' in value },
}

/** @throws {ConfigurationError} UNKNOWN_OPTION, CONFIGURATION. */
export function checkScopeOptions(given: ScopeOptions): void {
  checkOptions(given, SCOPE_CHECKS, SCOPE)
}

function wholeNumber(least: number): OptionCheck {
  return {
    expects: `a whole number of at least ${least}`,
    accepts: (value) => Number.isSafeInteger(value) && Number(value) >= least,
  }
}

const RECORDING_CHECKS: Readonly<Record<keyof RecordQueriesOptions, OptionCheck>> = {
  limit: wholeNumber(1),
  redact: {
    expects: 'a function (parameters, query) => parameters',
    accepts: (value) => typeof value === 'function',
  },
  transactions: flag,
  includeNested: flag,
  repeats: wholeNumber(0),
}

/** Flask-SQLAlchemy's names of what a Database takes; those of engines are known there. */
const NEW_SPELLINGS: Readonly<Record<string, string>> = {
  BINDS: 'Write "engines".',
  ENGINE_OPTIONS: 'Write "engineOptions".',
  ECHO: 'Write "echo".',
  RECORD_QUERIES: 'Write "recordQueries".',
  TRACK_MODIFICATIONS: 'Write "trackModifications".',
  COMMIT_ON_TEARDOWN: "Write commit: 'onSuccess', which commits before the response leaves.",
}

/** The only place that reads the environment, and once. */
const IS_PRODUCTION = process.env['NODE_ENV'] === 'production'

/**
 * Checks and merges what `new Database` and `initApp` were given; what `initApp` says wins.
 *
 * Options of an engine, from the weakest: `engineOptions` of the Database, those of `initApp`, the engine's own. For the default engine it is
 * different: `url` and `engineOptions` beside it come last.
 * @throws {ConfigurationError} UNKNOWN_OPTION with the nearest name, CONFIGURATION for a value of the wrong kind.
 */
export function configure(base: DatabaseConfig, config: DatabaseConfig = {}): Configuration {
  for (const each of [base, config]) {
    checkOptions(each, CHECKS, DATABASE)
    if (each.session !== undefined) checkOptions(each.session, SESSION_CHECKS, 'session')
    if (typeof each.recordQueries === 'object')
      checkOptions(each.recordQueries, RECORDING_CHECKS, 'recordQueries')
  }
  const merged = merge<DatabaseConfig>(base, config)
  return {
    engines: engineOptionsOf(base, config, merged),
    commit: merged.commit ?? 'manual',
    session: merge(base.session, config.session),
    diagnostics: merged.diagnostics ?? !IS_PRODUCTION,
    recordQueries: recordingOf(merged.recordQueries),
    trackModifications: merged.trackModifications ?? false,
    onListenerError: merged.onListenerError,
    logger: merged.logger,
    naming: merged.naming,
    name: merged.name,
    cursorSecret: merged.cursorSecret,
  }
}

/** Whether a configuration says where a database is. */
export function namesEngines(config: DatabaseConfig): boolean {
  return config.url !== undefined || config.engines !== undefined
}

function engineOptionsOf(
  base: DatabaseConfig,
  config: DatabaseConfig,
  merged: DatabaseConfig,
): ReadonlyMap<string, EngineOptions> {
  const { url, engines = {}, echo, instancePath } = merged
  const engineOptions = new Map<string, EngineOptions>()
  const shared: EngineOptions = { echo, instancePath }
  for (const [key, value] of Object.entries(
    url === undefined ? engines : { default: {}, ...engines },
  )) {
    const own = typeof value === 'string' || value instanceof URL ? { url: value } : value
    const layers: readonly (EngineOptions | undefined)[] =
      key === 'default'
        ? [shared, base.engineOptions, own, config.engineOptions ?? base.engineOptions, { url }]
        : [shared, base.engineOptions, config.engineOptions, own]
    engineOptions.set(key, mergeEngineOptions(layers))
  }
  return engineOptions
}

function mergeEngineOptions(layers: readonly (EngineOptions | undefined)[]): EngineOptions {
  const pool = merge(...layers.map((layer) => layer?.pool))
  return { ...merge(...layers), ...(Object.keys(pool).length === 0 ? {} : { pool }) }
}

/** The values of all layers; a later one wins, and `undefined` counts as not given. */
function merge<T extends object>(...layers: readonly (T | undefined)[]): T {
  const entries = layers.flatMap((layer) => Object.entries(layer ?? {}))
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as T
}

function checkOptions(
  given: object,
  checks: Readonly<Record<string, OptionCheck>>,
  what: string,
): void {
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) throw unknownOption(name, value, Object.keys(checks), what)
    if (value !== undefined && !check.accepts(value)) {
      throw new ConfigurationError(
        `Cannot use the option "${name}" of ${what}: it takes ${check.expects}, and got ${kindOf(value)}.`,
        { info: { option: name, expects: check.expects } },
      )
    }
  }
}

function unknownOption(
  name: string,
  value: unknown,
  known: readonly string[],
  what: string,
): ConfigurationError {
  const all = what === DATABASE ? [...Object.keys(SHARED_CHECKS), ...known] : known
  const near = nearest(name, all)
  const advice =
    (what === SCOPE ? undefined : adviceFor(name, value)) ??
    (near === undefined ? `Known are ${all.join(', ')}.` : `Did you mean "${near}"?`)
  return new ConfigurationError(`Unknown option "${name}" of ${what}. ${advice}`, {
    code: 'UNKNOWN_OPTION',
    info: { option: name, nearest: near },
  })
}

function adviceFor(name: string, value: unknown): string | undefined {
  const own = NEW_SPELLINGS[name.replace(/^SQLALCHEMY_/, '')]
  if (own !== undefined) return own
  if (Object.hasOwn(SHARED_CHECKS, name))
    return 'It is the same for all applications: give it to new Database({ … }).'
  if (Object.hasOwn(ENGINE_DEFAULTS, name))
    return `It is an option of engines: write engineOptions: { ${name}: … }.`
  return adviceForLegacyName(name, value)
}

function kindOf(value: unknown): string {
  return value === null
    ? 'null'
    : typeof value === 'number'
      ? `the number ${String(value)}`
      : `a ${typeof value}`
}
