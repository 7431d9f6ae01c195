import { ConfigurationError } from '../errors/index.ts'
import { Application, type ApplicationParts } from './application.ts'
import { configure, namesEngines } from './configuration.ts'
import type { DatabaseConfig } from './database-options.ts'

/** Which Database an application of a framework was given to; no application has two. */
const owners = new WeakMap<object, object>()

/** The applications of one Database: the one that the constructor configured, and those of `initApp`. */
export class Applications {
  readonly #base: DatabaseConfig
  readonly #parts: ApplicationParts
  readonly #registered = new Map<object, Application>()
  readonly #own: Application | undefined
  #all: readonly Application[] = []
  /** The framework's instance of each application that has exactly one. */
  #soleApps: ReadonlyMap<Application, object> = new Map()

  constructor(base: DatabaseConfig, parts: ApplicationParts) {
    this.#base = { ...base }
    this.#parts = parts
    const configuration = configure(base)
    if (namesEngines(base)) this.#own = new Application(configuration, parts)
    this.#survey()
  }

  /** All of them, each once. */
  get all(): readonly Application[] {
    return this.#all
  }

  /**
   * Gives `app` engines: its own under a configuration of its own, else the Database's.
   *
   * @throws {ConfigurationError} ALREADY_INITIALIZED, ENGINE_NOT_CONFIGURED, and what is wrong with the configuration.
   */
  register(app: object, config?: DatabaseConfig): Application {
    if (owners.has(app)) throw alreadyInitialized(owners.get(app) === this.#parts.owner)
    const application =
      config === undefined
        ? this.#own
        : new Application(configure(this.#base, checked(this.#base, config)), this.#parts)
    if (application === undefined) throw notConfigured()
    owners.set(app, this.#parts.owner)
    this.#registered.set(app, application)
    this.#survey()
    return application
  }

  /** Takes back a registration; gives the application if nobody else is registered with it. */
  forget(app: object): Application | undefined {
    const application = this.#registered.get(app)
    this.#registered.delete(app)
    owners.delete(app)
    this.#survey()
    return [...this.#registered.values()].some((each) => each === application)
      ? undefined
      : application
  }

  /** Whether `app`, or the instance that it inherits from, is registered. */
  has(app: object): boolean {
    return this.#find(app) !== undefined
  }

  /** @throws {ConfigurationError} APP_NOT_REGISTERED. */
  of(app: object): Application {
    const found = this.#find(app)
    if (found !== undefined) return found
    const other = owners.has(app)
      ? 'it belongs to another Database'
      : 'initApp() was never called with it'
    throw new ConfigurationError(
      `Cannot use this application: ${other}. Call db.initApp(app, config) once, with the Database that your code imports, or register the adapter; two instances of Database are the usual cause.`,
      {
        code: 'APP_NOT_REGISTERED',
      },
    )
  }

  /** The one that is meant where none is named. @throws {ConfigurationError} ENGINE_NOT_CONFIGURED, APP_NOT_REGISTERED. */
  get only(): Application {
    const [first, ...others] = this.#all
    if (first === undefined) throw notConfigured()
    if (others.length === 0) return first
    const names = [first, ...others]
      .map(({ configuration }, i) => `"${configuration.name ?? `app ${i + 1}`}"`)
      .join(', ')
    throw new ConfigurationError(
      `Cannot tell which application is meant: this Database has ${others.length + 1} (${names}). Say it: db.run(fn, { app }).`,
      {
        code: 'APP_NOT_REGISTERED',
        info: { applications: others.length + 1 },
      },
    )
  }

  /** The framework's instance, where there is exactly one with these engines. */
  appOf(application: Application): object | undefined {
    return this.#soleApps.get(application)
  }

  /** Takes stock after a change, so that nothing has to be looked up for each scope. */
  #survey(): void {
    const own = this.#own === undefined ? [] : [this.#own]
    this.#all = [...new Set([...own, ...this.#registered.values()])]
    const byApplication = Map.groupBy(this.#registered, ([, application]) => application)
    const sole = [...byApplication].flatMap(([application, [first, ...others]]) =>
      first === undefined || others.length > 0 ? [] : [[application, first[0]] as const],
    )
    this.#soleApps = new Map(sole)
  }

  /** Encapsulated instances, as Fastify makes them for plugins, inherit from the one that was registered. */
  #find(app: object): Application | undefined {
    for (
      let each: unknown = app;
      typeof each === 'object' && each !== null;
      each = Object.getPrototypeOf(each)
    ) {
      const found = this.#registered.get(each)
      if (found !== undefined) return found
    }
    return this.#registered.get(app) // a function, as Express makes it
  }
}

function checked(base: DatabaseConfig, config: DatabaseConfig): DatabaseConfig {
  if (namesEngines(base) || namesEngines(config)) return config
  throw notConfigured()
}

function notConfigured(): ConfigurationError {
  return new ConfigurationError(
    "Cannot use this Database yet: neither `url` nor `engines` says where the data is. Give one to the constructor, new Database({ url: 'sqlite:app.db', models }), or to db.initApp(app, { url: … }).",
    {
      code: 'ENGINE_NOT_CONFIGURED',
      info: { options: ['url', 'engines'] },
    },
  )
}

function alreadyInitialized(isSame: boolean): ConfigurationError {
  const by = isSame ? 'this Database has it already' : 'another Database has it'
  return new ConfigurationError(
    `Cannot initialize the application: ${by}. Make one Database in a module of its own, import that instance everywhere, and call initApp or register the adapter once.`,
    {
      code: 'ALREADY_INITIALIZED',
    },
  )
}
