import { ConfigurationError } from '../errors/index.ts'
import type { Dialect } from './dialect.ts'
import type { IsolationLevel } from './isolation.ts'
import { flatten, unflatten } from './option-checks.ts'
import {
  ENGINE_DEFAULTS,
  type EffectiveEngineOptions,
  type EngineOptions,
  type OptionOrigin,
} from './options.ts'
import { EngineUrl } from './url.ts'

/** What an engine is made of. */
export interface ResolvedOptions {
  readonly dialect: Dialect
  readonly url: EngineUrl
  readonly options: EffectiveEngineOptions
  /** Where each value comes from, by `pool.size` and the like. */
  readonly origins: ReadonlyMap<string, OptionOrigin>
}

interface Setting {
  readonly value: unknown
  readonly origin: OptionOrigin
}

/**
 * Checks options and fills in defaults: the library's, then the dialect's, then what is given, and at last what `configure` makes of them all.
 *
 * @throws {ConfigurationError} CONFIGURATION, UNKNOWN_OPTION, ENGINE_NOT_CONFIGURED. No text shows a password.
 */
export function resolveOptions(
  engineKey: string,
  asked: EngineOptions,
  dialects: ReadonlyMap<string, Dialect>,
): ResolvedOptions {
  const config = flatten(asked, engineKey)
  const { dialect } = locate(engineKey, config, dialects)
  const defaults: readonly Layer[] = [
    ['default', flatten(ENGINE_DEFAULTS, engineKey)],
    ['dialect', flatten(dialect.optionDefaults, engineKey)],
  ]
  let settings = stack([...defaults, ['config', config]])
  if (asked.configure !== undefined) {
    settings.delete('configure')
    const configured = flatten(callConfigure(asked.configure, settings, engineKey), engineKey)
    settings = withOrigins(stack([...defaults, ['configure', configured]]), settings)
  }
  const final = locate(engineKey, valuesOf(settings), dialects)
  if (final.dialect !== dialect) {
    throw new ConfigurationError(
      `Cannot use what configure() of engine "${engineKey}" gave: it changes the kind of database from ${dialect.name} to ${final.dialect.name}. Give the other URL in the options.`,
    )
  }
  const origins = new Map([...settings].map(([name, { origin }]) => [name, origin]))
  for (const name of ['url', 'configure']) settings.delete(name) // they are no longer options
  checkFor(dialect, settings, engineKey)
  const given = unflatten(valuesOf(settings)) as EngineOptions
  const replicas = (given.replicas ?? []).map((text) => replicaUrl(text, final.url, dialects))
  const options = { ...ENGINE_DEFAULTS, ...given, replicas } as EffectiveEngineOptions
  Object.freeze(options.pool)
  return {
    dialect,
    url: final.url,
    options: Object.freeze(options),
    origins,
  }
}

/** @throws {ConfigurationError} CONFIGURATION when it is of another kind than the primary. */
function replicaUrl(
  text: string | URL,
  primary: EngineUrl,
  dialects: ReadonlyMap<string, Dialect>,
): EngineUrl {
  const url = EngineUrl.parse(text, dialects)
  if (dialects.get(url.dialect) === dialects.get(primary.dialect)) return url
  throw new ConfigurationError(
    `Cannot use "${url.toString()}" as a replica of "${primary.toString()}": a replica is of the same kind as its primary.`,
  )
}

/** `options` with another value for one of them, by `pool.size` and the like. */
export function withOption(
  options: EffectiveEngineOptions,
  name: string,
  value: unknown,
): EffectiveEngineOptions {
  const [group = '', member] = name.split('.')
  const change =
    member === undefined
      ? { [name]: value }
      : {
          [group]: Object.freeze({
            ...(options[group as keyof EffectiveEngineOptions] as object),
            [member]: value,
          }),
        }
  return Object.freeze({ ...options, ...change })
}

/** @throws {ConfigurationError} CONFIGURATION when it gives no options, or a promise of them. */
function callConfigure(
  configure: NonNullable<EngineOptions['configure']>,
  settings: ReadonlyMap<string, Setting>,
  engineKey: string,
): EngineOptions {
  const options: unknown = configure(unflatten(valuesOf(settings)), engineKey)
  if (typeof options === 'object' && options !== null && !('then' in options)) return options
  throw new ConfigurationError(
    `Cannot use what configure() of engine "${engineKey}" gave: it is ${options === undefined ? 'undefined' : 'no object of options'}. Write configure: (options) => ({ ...options, … }).`,
  )
}

type Layer = readonly [origin: OptionOrigin, values: ReadonlyMap<string, unknown>]

/** The values of all layers; a later layer wins. */
function stack(layers: readonly Layer[]): Map<string, Setting> {
  return new Map(
    layers.flatMap(([origin, values]) =>
      [...values].map(([name, value]) => [name, { value, origin }] as const),
    ),
  )
}

/** A value that `configure` has only passed on has the origin that it had. */
function withOrigins(
  settings: ReadonlyMap<string, Setting>,
  before: ReadonlyMap<string, Setting>,
): Map<string, Setting> {
  const passedOn = (name: string, { value }: Setting): boolean =>
    before.has(name) && Object.is(before.get(name)?.value, value)
  return new Map(
    [...settings].map(([name, setting]) => [
      name,
      (passedOn(name, setting) ? before.get(name) : undefined) ?? setting,
    ]),
  )
}

function valuesOf(settings: ReadonlyMap<string, Setting>): Map<string, unknown> {
  return new Map([...settings].map(([name, { value }]) => [name, value]))
}

function locate(
  engineKey: string,
  options: ReadonlyMap<string, unknown>,
  dialects: ReadonlyMap<string, Dialect>,
): { readonly url: EngineUrl; readonly dialect: Dialect } {
  const text = options.get('url') as string | URL | undefined
  if (text === undefined) {
    throw new ConfigurationError(
      `Cannot make engine "${engineKey}": its options have no url. Write for example { url: 'sqlite:app.db' }.`,
      { code: 'ENGINE_NOT_CONFIGURED', info: { engineKey } },
    )
  }
  const url = EngineUrl.parse(text, dialects)
  const dialect = dialects.get(url.dialect)
  if (dialect === undefined)
    throw new ConfigurationError(
      `Cannot make engine "${engineKey}": there is no dialect called "${url.dialect}".`,
      { info: { engineKey } },
    )
  return { url, dialect }
}

/** @throws {ConfigurationError} CONFIGURATION for what this kind of database cannot do: it is never silently left out. */
function checkFor(
  dialect: Dialect,
  settings: ReadonlyMap<string, Setting>,
  engineKey: string,
): void {
  for (const name of dialect.unsupportedOptions) {
    if ((settings.get(name)?.origin ?? 'default') === 'default') continue
    throw new ConfigurationError(
      `Cannot use the option "${name}" of engine "${engineKey}": it means nothing to ${dialect.name}. Leave it out.`,
      { info: { option: name, engineKey } },
    )
  }
  if (settings.get('pool.size')?.value === 0 && settings.get('pool.maxOverflow')?.value === 0)
    throw new ConfigurationError(
      `Cannot use pool.size 0 on engine "${engineKey}": no connection is kept then, and as pool.maxOverflow is 0 none could ever be opened. Say with pool.maxOverflow how many may be open at once; Infinity means no limit.`,
      { info: { option: 'pool.size', engineKey } },
    )
  const isolation = settings.get('isolation')?.value as IsolationLevel | undefined
  const { isolationLevels } = dialect.supports
  if (isolation === undefined || isolationLevels.includes(isolation)) return
  throw new ConfigurationError(
    `Cannot use isolation "${isolation}" on engine "${engineKey}": ${dialect.name} has ${isolationLevels.map((level) => `"${level}"`).join(' and ')}, and another level is never taken instead.`,
    {
      info: { option: 'isolation', engineKey, isolationLevels },
    },
  )
}
