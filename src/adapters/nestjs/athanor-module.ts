import {
  Inject,
  Module,
  type DynamicModule,
  type MiddlewareConsumer,
  type NestModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common'
import { APP_GUARD, APP_INTERCEPTOR, HttpAdapterHost } from '@nestjs/core'
import { ConfigurationError } from '../../errors/index.ts'
import {
  checkDatabase,
  checkFramework,
  checkNames,
  middlewareOf,
  REQUEST_OPTIONS,
  type Framework,
  type RequestDatabase,
} from '../http/index.ts'
import { FailureInterceptor } from './failure-interceptor.ts'
import type { AthanorOptions } from './options.ts'
import { RouteGuard } from './route-guard.ts'

const NEST: Framework = { title: 'NestJS', package: '@nestjs/core', from: 12 }
const REGISTRATION = Symbol('athanor.registration')

interface Registration {
  readonly db: RequestDatabase
  readonly options: AthanorOptions
}

/**
 * Gives every request of a Nest application a scope, and settles it before the first byte of the reply.
 *
 * ```ts
 * const imports = [AthanorModule.forRoot(db, { commit: 'onSuccess' })] // of @Module, or of a dynamic module:
 * const app = await NestFactory.create({ module: AppModule, imports }, { logger: false })
 * ```
 * Import it once, in the root module. A commit that fails goes to the exception filters; nothing of the lost reply remains. So does what a handler or a pipe throws: the 404 of
 * `getOr404` as Nest's NotFoundException and the 400 of `assign` as its BadRequestException, each with our error as its `cause`. Guards stand outside of that: their 404 is answered
 * as one, and logged as a fault; `db.getOr(User, key, () => new NotFoundException())` throws Nest's own. The Database can be injected
 * under its class. On shutdown it is disposed of, when no other application uses it; signals need `app.enableShutdownHooks()`.
 *
 * It is for Nest on Express. On Fastify register the plugin of `athanor/fastify` instead: `await app.register(athanor, { db })`.
 * @since 0.1
 */
export class AthanorModule implements NestModule, OnModuleInit, OnApplicationShutdown {
  readonly #host: HttpAdapterHost
  readonly #registration: Registration
  #app: object | undefined

  /** Made by Nest. */
  constructor(host: HttpAdapterHost, registration: Registration) {
    this.#host = host
    this.#registration = registration
  }

  /**
   * The module, for the imports of the application's root module.
   *
   * @throws {ConfigurationError} CONFIGURATION under Nest 11 and without `db`; UNKNOWN_OPTION.
   */
  static forRoot(db: RequestDatabase, options: AthanorOptions = {}): DynamicModule {
    checkFramework(NEST)
    checkDatabase(db, 'AthanorModule.forRoot(db)')
    checkNames(options, [...REQUEST_OPTIONS, 'disposeOnClose'], 'AthanorModule.forRoot(db, …)')
    const registration: Registration = { db, options }
    return {
      module: AthanorModule,
      global: true,
      providers: [
        { provide: REGISTRATION, useValue: registration },
        { provide: db.constructor, useValue: db },
        { provide: APP_GUARD, useFactory: () => new RouteGuard(db) },
        { provide: APP_INTERCEPTOR, useFactory: () => new FailureInterceptor(db) },
      ],
      exports: [db.constructor],
    }
  }

  /** Puts the scope before all routes. Called by Nest. @throws {ConfigurationError} CONFIGURATION on Fastify. */
  configure(consumer: MiddlewareConsumer): void {
    const { db, options } = this.#registration
    const { httpAdapter } = this.#host
    const platform = httpAdapter.getType()
    if (platform !== 'express') throw unsupportedPlatform(platform)
    const app = httpAdapter.getInstance<object>()
    this.#attach(app)
    consumer.apply(middlewareOf(db, options, () => app)).forRoutes('{*all}')
  }

  /** Registers an application without HTTP. Called by Nest. */
  onModuleInit(): void {
    if (this.#app === undefined) this.#attach(this)
  }

  /** Leaves the Database, after the requests in flight. Called by Nest. */
  async onApplicationShutdown(): Promise<void> {
    if (this.#app === undefined) return
    const { db, options } = this.#registration
    await db.detach(this.#app, { dispose: options.disposeOnClose })
  }

  #attach(app: object): void {
    this.#registration.db.attach(app)
    this.#app = app
  }
}

// Decorators applied as functions: the package needs no compiler flag for them.
Module({})(AthanorModule)
Inject(HttpAdapterHost)(AthanorModule, undefined, 0)
Inject(REGISTRATION)(AthanorModule, undefined, 1)

function unsupportedPlatform(found: string): ConfigurationError {
  return new ConfigurationError(
    `Cannot register AthanorModule: it needs Nest on Express, and found ${found}. On Fastify register the plugin instead: await app.register(athanor, { db }), from 'athanor/fastify'.`,
    { info: { found, needed: 'express' } },
  )
}
