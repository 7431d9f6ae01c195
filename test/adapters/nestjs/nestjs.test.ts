import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import {
  ConsoleLogger,
  Controller,
  ForbiddenException,
  Get,
  HttpCode,
  Inject,
  Module,
  Param,
  Post as PostRoute,
  Redirect,
  Res,
  Sse,
  UseGuards,
  type ArgumentsHost,
  type CanActivate,
  type DynamicModule,
  type INestApplication,
} from '@nestjs/common'
import { BaseExceptionFilter, NestFactory } from '@nestjs/core'
import type { Response } from 'express'
import type { Server } from 'node:http'
import { interval, map, of, take, type Observable } from 'rxjs'
import { AthanorModule, AthanorRoute } from 'athanor/nestjs'
import { assign, Database as AnyDatabase, type Database } from 'athanor'
import { open, Post, titles, type models } from '../../app/support.ts'
import { install, serve } from '../support/server.ts'

type Db = Database<typeof models>

/** Applies decorators to a method, as TypeScript does it. */
function decorate(
  type: new (...args: never[]) => object,
  name: string,
  all: MethodDecorator[],
): void {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name)
  if (descriptor === undefined) throw new TypeError(`no method ${name}`)
  for (const each of all) each(type.prototype as object, name, descriptor)
}

/** A controller with all kinds of handlers; each stores a post of its own name. */
function controllerOf(db: Db): new () => object {
  const store = (title: string): Post => db.session.add(new Post({ title }))
  const denies: CanActivate = {
    async canActivate() {
      store('guard')
      await db.session.flush()
      return false
    },
  }
  class PostsController {
    sse(): Observable<{ data: string }> {
      store('sse')
      return interval(2).pipe(
        take(3),
        map((n) => ({ data: `${n}` })),
      )
    }
    observable(): Observable<number> {
      store('observable')
      return of(1, 2, 3)
    }
    redirect(): void {
      store('redirect')
    }
    raw(response: Response): void {
      store('raw')
      response.status(201).json({ raw: true })
    }
    denied(): void {}
    status(status: string, response: Response): string {
      store(status)
      response.status(Number(status))
      return 'ok'
    }
    created(): object {
      store('created')
      return { ok: true }
    }
    forbidden(): void {
      store('forbidden')
      throw new ForbiddenException('not you')
    }
  }
  decorate(PostsController, 'sse', [Sse('sse')])
  decorate(PostsController, 'observable', [Get('observable')])
  decorate(PostsController, 'redirect', [Get('redirect'), Redirect('/made', 303)])
  Res()(PostsController.prototype, 'raw', 0)
  decorate(PostsController, 'raw', [Get('raw')])
  decorate(PostsController, 'denied', [Get('denied'), UseGuards(denies)])
  Param('status')(PostsController.prototype, 'status', 0)
  Res({ passthrough: true })(PostsController.prototype, 'status', 1)
  decorate(PostsController, 'status', [Get('status/:status')])
  decorate(PostsController, 'created', [PostRoute('created'), HttpCode(201)])
  decorate(PostsController, 'forbidden', [
    Get('forbidden'),
    AthanorRoute({ commit: ({ error }) => error !== undefined }),
  ])
  Controller('posts')(PostsController)
  AthanorRoute({ commit: 'onSuccess' })(PostsController)
  return PostsController
}

function moduleOf(imported: DynamicModule, controllers: (new () => object)[]): new () => object {
  class AppModule {
    readonly name = 'app'
  }
  Module({ imports: [imported], controllers })(AppModule)
  return AppModule
}

async function start(
  t: TestContext,
  db: Db,
  prepare: (app: INestApplication) => void = () => {},
): Promise<string> {
  const app = await NestFactory.create(moduleOf(AthanorModule.forRoot(db), [controllerOf(db)]), {
    logger: false,
  })
  t.after(() => app.close())
  prepare(app)
  await app.init()
  return serve(t, app.getHttpServer() as Server)
}

describe('athanor/nestjs', () => {
  it('refuses Nest before 12 by the version that it found and the one that it needs', async (t) => {
    const { db } = await open(t)
    install(t, '@nestjs/core', '11.1.6')
    assert.throws(() => AthanorModule.forRoot(db), {
      code: 'CONFIGURATION',
      message: /needs NestJS 12 or later, and found 11\.1\.6/,
    })
  })

  it('refuses options that it does not know, and a registration without a Database', async (t) => {
    const { db } = await open(t)
    assert.throws(() => AthanorModule.forRoot(db, { comit: 'onSuccess' } as object), {
      code: 'UNKNOWN_OPTION',
    })
    assert.throws(() => AthanorModule.forRoot(undefined as unknown as typeof db), {
      code: 'CONFIGURATION',
    })
    assert.throws(() => AthanorRoute({ graceMs: 1 } as object), { code: 'UNKNOWN_OPTION' })
  })

  it('refuses a platform that is not Express, and names the plugin for Fastify', async (t) => {
    const { db } = await open(t)
    const host = { httpAdapter: { getType: () => 'fastify' } }
    const module = new AthanorModule(host as never, { db, options: {} })
    assert.throws(() => module.configure({} as never), {
      code: 'CONFIGURATION',
      message: /found fastify\. On Fastify register the plugin.*athanor\/fastify/,
    })
  })

  for (const prefix of [undefined, 'api']) {
    it(`commits every kind of handler once, before the head${prefix === undefined ? '' : ', behind a global prefix'}`, async (t) => {
      const { db, sent } = await open(t)
      const base = await start(t, db, (app) => {
        if (prefix !== undefined) app.setGlobalPrefix(prefix)
      })
      const root = prefix === undefined ? base : `${base}/${prefix}`
      sent.clear()
      const replies: Record<string, unknown> = {}
      for (const path of ['sse', 'observable', 'redirect', 'raw', 'created']) {
        const method = path === 'created' ? 'POST' : 'GET'
        const reply = await fetch(`${root}/posts/${path}`, { method, redirect: 'manual' })
        const text = await reply.text()
        const commits = sent.kinds().filter((kind) => kind === 'commit').length
        const again = await fetch(`${root}/posts/${path}`, { method, redirect: 'manual' })
        await again.text()
        replies[path] = [reply.status, commits, again.status, again.headers.get('location')]
        if (path === 'sse') assert.equal(text.match(/data: /g)?.length, 3)
        sent.clear()
      }
      assert.deepEqual(replies, {
        sse: [200, 1, 500, null],
        observable: [200, 1, 500, null],
        redirect: [303, 1, 500, null],
        raw: [201, 1, 500, null],
        created: [201, 1, 500, null],
      })
      assert.deepEqual(await titles(db), ['sse', 'observable', 'redirect', 'raw', 'created'])
      assert.equal(db.engine.status.inUse, 0)
    })
  }

  it('stores nothing of a guard that writes and denies, nor behind an error status', async (t) => {
    const { db } = await open(t)
    const base = await start(t, db)
    assert.equal((await fetch(`${base}/posts/denied`)).status, 403)
    assert.equal((await fetch(`${base}/posts/status/422`)).status, 422)
    assert.equal((await fetch(`${base}/posts/status/200`)).status, 200)
    assert.deepEqual(await titles(db), ['200'])
    assert.equal(db.engine.status.inUse, 0)
  })

  it('puts the options of a handler before those of its controller, and shows its policy what was thrown', async (t) => {
    const { db } = await open(t)
    const base = await start(t, db)
    assert.equal((await fetch(`${base}/posts/forbidden`)).status, 403)
    assert.deepEqual(await titles(db), ['forbidden'])
  })

  it('hands the errors that were made for clients on as exceptions of Nest, which logs none of them', async (t) => {
    const { db } = await open(t)
    const thrown: Record<string, () => unknown> = {
      '404': () => db.getOr404(Post, 'x', { description: 'No such post.' }),
      '400': () => assign(Post, { title: 5 }, ['title']),
      '410': () => db.getOr(Post, 'x', 410, { description: 'It was removed.' }),
      '503': () => db.getOr(Post, 'x', 503, { description: 'Soon.' }),
      '403': () => {
        throw Object.assign(new Error('of another library'), {
          status: 403,
          statusCode: 403,
          expose: true,
        })
      },
    }
    class ThrowingController {
      get(status: string): unknown {
        return thrown[status]?.()
      }
    }
    Param('status')(ThrowingController.prototype, 'get', 0)
    decorate(ThrowingController, 'get', [Get(':status')])
    Controller()(ThrowingController)
    const logged: unknown[] = []
    const seen: unknown[] = []
    class Filter extends BaseExceptionFilter {
      override catch(error: Error, host: ArgumentsHost): void {
        seen.push([error.constructor.name, (error.cause as Error | undefined)?.name])
        // oxlint-disable-next-line promise/valid-params, promise/no-promise-in-callback -- a filter's method, not a promise's
        super.catch(error, host)
      }
    }
    const module = moduleOf(AthanorModule.forRoot(db), [ThrowingController])
    const logger = new ConsoleLogger({ logLevels: ['error'] })
    t.mock.method(logger, 'error', (error: Error) => void logged.push(error.message))
    const app = await NestFactory.create(module, { logger })
    app.useGlobalFilters(new Filter(app.getHttpAdapter()))
    await app.init()
    const errors: unknown[] = []
    db.on('teardown', ({ error }) => void errors.push((error as Error).name))
    const base = await serve(t, app.getHttpServer() as Server)
    const replies: unknown[] = []
    for (const status of ['404', '400', '410', '503', '403']) {
      const reply = await fetch(`${base}/${status}`)
      const { message } = (await reply.json()) as { readonly message: string }
      replies.push([reply.status, message])
    }
    assert.deepEqual(replies, [
      [404, 'No such post.'],
      [400, '"title" must be a string of at most 200 characters.'],
      [410, 'It was removed.'],
      [503, 'Soon.'],
      [403, 'of another library'],
    ])
    assert.deepEqual(seen, [
      ['NotFoundException', 'NotFoundError'],
      ['BadRequestException', 'InvalidInputError'],
      ['HttpException', 'NotFoundError'],
      ['NotFoundError', undefined],
      ['Error', undefined],
    ])
    assert.deepEqual(logged, ['Soon.', 'of another library'])
    assert.deepEqual(errors.slice(0, 2), ['NotFoundError', 'InvalidInputError'])
    await app.close()
  })

  it('lets the Database be injected under its class', async (t) => {
    const { db } = await open(t)
    class Service {
      readonly db: object
      constructor(injected: object) {
        this.db = injected
      }
    }
    Inject(db.constructor)(Service, undefined, 0)
    class AppModule {
      readonly name = 'app'
    }
    Module({ imports: [AthanorModule.forRoot(db)], providers: [Service] })(AppModule)
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false })
    assert.equal(app.get(Service).db, db)
    assert.ok(db instanceof AnyDatabase)
    await app.close()
    await assert.rejects(
      db.run(() => 1),
      { code: 'ILLEGAL_STATE' },
    )
  })

  // settled M23
  it('disposes of the Database on shutdown, unless another application uses it', async (t) => {
    const { db } = await open(t)
    const module = moduleOf(AthanorModule.forRoot(db), [])
    const [first, second] = [
      await NestFactory.create(module, { logger: false }),
      await NestFactory.create(module, { logger: false }),
    ]
    await Promise.all([first.init(), second.init()])
    await first.close()
    assert.equal(await db.run(() => db.select(Post).count()), 0)
    await second.close()
    await assert.rejects(
      db.run(() => 1),
      { code: 'ILLEGAL_STATE' },
    )
  })
})
