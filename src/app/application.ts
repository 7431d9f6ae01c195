import { ConfigurationError } from '../errors/index.ts'
import { Engine, type Dialect, type StatementEvent } from '../engine/index.ts'
import { Registry, type ModelsOption } from '../orm/index.ts'
import type { Configuration } from './configuration.ts'
import type { Listeners } from './listeners.ts'
import { Reporter } from './reporter.ts'
import type { Scope } from './scope.ts'

/** What all applications of one Database share. */
export interface ApplicationParts {
  readonly models: ModelsOption
  readonly dialects: ReadonlyMap<string, Dialect>
  readonly listeners: Listeners
}

/** One set of engines with the models on them: what a Database is under one configuration. Connects nothing by itself. */
export class Application {
  readonly configuration: Configuration
  /** In the order of the configuration. */
  readonly engines: ReadonlyMap<string, Engine>
  readonly registry: Registry
  readonly listeners: Listeners
  readonly reporter: Reporter
  /** The scopes that have not ended. */
  readonly scopes: Set<Scope> = new Set()

  constructor(configuration: Configuration, parts: ApplicationParts) {
    this.configuration = configuration
    this.listeners = parts.listeners
    this.reporter = new Reporter(configuration.logger)
    this.engines = new Map([...configuration.engines].map(([key, options]) => [key, Engine.create(key, options, parts.dialects)]))
    this.registry = new Registry(parts.models, {
      engineKeys: [...this.engines.keys()],
      dialectOf: (key) => this.engine(key).dialect,
      ...(configuration.naming === undefined ? {} : { naming: configuration.naming }),
    })
    for (const engine of this.engines.values()) this.#echo(engine)
  }

  /** @throws {ConfigurationError} UNKNOWN_ENGINE. */
  engine(key: string): Engine {
    const engine = this.engines.get(key)
    if (engine !== undefined) return engine
    const configured = [...this.engines.keys()]
    const advice = key === 'default' ? "Give { url: '…' }, or { engines: { default: '…' } }." : `Give { engines: { ${key}: '…' } }.`
    throw new ConfigurationError(`There is no engine "${key}"; configured are ${configured.map((known) => `"${known}"`).join(', ')}. ${advice}`, {
      code: 'UNKNOWN_ENGINE',
      info: { engineKey: key, configured },
    })
  }

  /** Logs statements where that was asked for; the values only where that was asked for as well. */
  #echo(engine: Engine): void {
    if (!engine.options.echo) return
    const { logger } = this.configuration
    if (logger === undefined) {
      throw new ConfigurationError(`Cannot echo the statements of engine "${engine.key}": there is no logger to write them. Give one: { echo: true, logger: console }.`, { info: { option: 'echo' } })
    }
    engine.events.on('statement', ({ engineKey, sql, parameters, durationMs, rows, error, holder }: StatementEvent) => {
      const values = engine.options.echoParameters ? { parameters } : {}
      logger.debug({ engineKey, scope: holder.name, durationMs, rows, ...values, ...(error === undefined ? {} : { err: error }) }, sql)
    })
  }
}
