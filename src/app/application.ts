import { ConfigurationError, IllegalStateError } from '../errors/index.ts'
import { Engine, type Dialect, type StatementEvent } from '../engine/index.ts'
import {
  createRegistry,
  type Calls,
  type ModelsOption,
  type Registry,
  type Schemas,
} from '../orm/index.ts'
import type { Configuration } from './configuration.ts'
import type { SessionClass } from './database-options.ts'
import type { Listeners } from './listeners.ts'
import { Reporter } from './reporter.ts'
import { OpenScopes } from './open-scopes.ts'
import { QueryRecorder } from './queries/index.ts'
import { SchemaRegistries } from './schemas.ts'
import { combined } from './steps.ts'
import { calls, Scope, type ScopeOrigin } from './scope.ts'

/** What all applications of one Database share. */
export interface ApplicationParts {
  /** The Database. */
  readonly owner: object
  readonly models: ModelsOption
  readonly sessionClass: SessionClass
  readonly dialects: ReadonlyMap<string, Dialect>
  readonly listeners: Listeners
}

/** One set of engines with the models on them: what a Database is under one configuration. Connects nothing by itself. */
export class Application {
  /** The Database that it belongs to. */
  readonly owner: object
  readonly configuration: Configuration
  /** In the order of the configuration. */
  readonly engines: ReadonlyMap<string, Engine>
  readonly registry: Registry
  /** The models in other schemas. */
  readonly schemaRegistries: SchemaRegistries
  readonly sessionClass: SessionClass
  readonly listeners: Listeners
  readonly reporter: Reporter
  /** The scopes that have not ended. */
  readonly scopes: OpenScopes = new OpenScopes()
  /** Of the statements of each scope, where that is on. */
  readonly recorder: QueryRecorder | undefined
  #disposal: Promise<void> | undefined
  /** How many want to know where statements come from. */
  #callers = 0

  constructor(configuration: Configuration, parts: ApplicationParts) {
    this.owner = parts.owner
    this.sessionClass = parts.sessionClass
    this.configuration = configuration
    this.listeners = parts.listeners
    this.reporter = new Reporter(configuration.logger)
    this.engines = new Map(
      [...configuration.engines].map(([key, options]) => [
        key,
        Engine.create(key, options, parts.dialects, (error, event) =>
          this.listenerFailed(error, event, `engine "${key}"`),
        ),
      ]),
    )
    const registryIn = (schemas?: Schemas): Registry =>
      createRegistry(parts.models, {
        engineKeys: [...this.engines.keys()],
        dialectOf: (key) => this.engine(key).dialect,
        ...(configuration.naming === undefined ? {} : { naming: configuration.naming }),
        ...(schemas === undefined ? {} : { schemas }),
      })
    this.registry = registryIn()
    this.schemaRegistries = new SchemaRegistries(this, registryIn)
    if (configuration.recordQueries !== undefined) {
      this.recorder = new QueryRecorder(this, configuration.recordQueries)
      this.noteCalls()
    }
    for (const engine of this.engines.values()) {
      this.#echo(engine)
      this.recorder?.listen(engine)
      if (configuration.diagnostics) this.#watchHolds(engine)
    }
  }

  /** For its sessions: how to note which call of the program they work for. Undefined while nobody asks, since a stack costs a microsecond. */
  get calls(): Calls | undefined {
    return this.#callers === 0 ? undefined : calls
  }

  /** Has its sessions note their calls until the result is disposed of. */
  noteCalls(): Disposable {
    this.#callers += 1
    return { [Symbol.dispose]: () => (this.#callers -= 1) }
  }

  /** @throws {ConfigurationError} UNKNOWN_ENGINE. */
  engine(key: string): Engine {
    const engine = this.engines.get(key)
    if (engine !== undefined) return engine
    const configured = [...this.engines.keys()]
    const advice =
      key === 'default'
        ? "Give { url: '…' }, or { engines: { default: '…' } }."
        : `Give { engines: { ${key}: '…' } }.`
    throw new ConfigurationError(
      `There is no engine "${key}"; configured are ${configured.map((known) => `"${known}"`).join(', ')}. ${advice}`,
      {
        code: 'UNKNOWN_ENGINE',
        info: { engineKey: key, configured },
      },
    )
  }

  /** @throws {IllegalStateError} ILLEGAL_STATE once the application is disposed of. */
  openScope(origin: ScopeOrigin): Scope {
    if (this.#disposal === undefined) return new Scope(this, origin)
    throw new IllegalStateError(
      'Cannot open a scope: the Database is disposed of, or about to be. Stop taking work before db.dispose().',
    )
  }

  /**
   * Ends it for good, once: opens no more scopes, waits at most `deadlineMs` for those that are open, ends the rest by force, closes the engines.
   * The caller's own scopes are not waited for.
   */
  dispose(deadlineMs: number, own: ReadonlySet<Scope>): Promise<void> {
    return (this.#disposal ??= this.#disposeOnce(deadlineMs, own))
  }

  async #disposeOnce(deadlineMs: number, own: ReadonlySet<Scope>): Promise<void> {
    const deadline = performance.now() + deadlineMs
    await this.scopes.drained(deadlineMs, own)
    const reason = 'its Database was disposed of'
    await Promise.all(
      [...this.scopes].map(async (scope) =>
        own.has(scope) ? scope.close(reason) : scope.cancel(reason),
      ),
    )
    const left = Math.max(0, deadline - performance.now())
    const closed = await Promise.allSettled(
      [...this.engines.values()].map((engine) => engine.close(left)),
    )
    const errors = closed.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    )
    if (errors.length > 0) throw combined(errors, 'Closing the engines failed.')
  }

  /** Tells who keeps all others from writing for long (settled H26). */
  #watchHolds(engine: Engine): void {
    engine.events.on('longHold', ({ engineKey, holder, heldMs }) => {
      if (holder.holdsLong === true) return
      const seconds = (heldMs / 1000).toFixed(1)
      this.reporter.warn(
        'ATHANOR_LONG_HOLD',
        `"${holder.name}" kept all others from writing on engine "${engineKey}" for ${seconds} s. Do slow work before the first change or after the commit.`,
        `${engineKey} ${holder.name}`,
      )
    })
  }

  /** A listener failed, and nobody can be told but the program as a whole: what it heard of has happened. `where` is for the message. */
  listenerFailed(error: unknown, event: string, where: string): void {
    const { onListenerError } = this.configuration
    const errors = runHandler(onListenerError, error, event)
    for (const each of errors) {
      if (event === 'afterCommit')
        this.reporter.error(
          'ATHANOR_AFTER_COMMIT_FAILED',
          `A callback or listener after the commit of "${where}" failed; the data is stored.`,
          each,
        )
      else
        this.reporter.error(
          'ATHANOR_LISTENER',
          `A listener of the event "${event}" of ${where} failed; what it heard of has happened all the same.`,
          each,
        )
    }
  }

  /** Logs statements where that was asked for; the values only where that was asked for as well. */
  #echo(engine: Engine): void {
    if (!engine.options.echo) return
    const { logger } = this.configuration
    if (logger === undefined) {
      throw new ConfigurationError(
        `Cannot echo the statements of engine "${engine.key}": there is no logger to write them. Give one: { echo: true, logger: console }.`,
        { info: { option: 'echo' } },
      )
    }
    engine.events.on(
      'statement',
      ({ engineKey, sql, parameters, durationMs, rows, error, holder }: StatementEvent) => {
        const values = engine.options.echoParameters ? { parameters } : {}
        logger.debug(
          {
            engineKey,
            scope: holder.name,
            durationMs,
            rows,
            ...values,
            ...(error === undefined ? {} : { err: error }),
          },
          sql,
        )
      },
    )
  }
}

/** Hands an error to the program's own handler. Gives what is left to be reported: the error where there is no handler, and what the handler itself threw. */
function runHandler(
  handler: Configuration['onListenerError'],
  error: unknown,
  event: string,
): readonly unknown[] {
  if (handler === undefined) return [error]
  try {
    handler(error, event)
    return []
  } catch (own) {
    return [error, own]
  }
}
