import { Readable } from 'node:stream'
import {
  All,
  Catch,
  Controller,
  ForbiddenException,
  Module,
  Param,
  Body,
  Res,
  StreamableFile,
  type ArgumentsHost,
  type CanActivate,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { Response } from 'express'
import type { Server } from 'node:http'
import { AthanorModule, AthanorRoute } from 'athanor/nestjs'
import type { Adapter, Answer, AppSpec } from './adapter.ts'

export const nestAdapter: Adapter = {
  name: 'nestjs',
  forbidden: () => new ForbiddenException('not you'),
  seesHandledErrors: true,
  rawReachesErrorPage: true,
  hasBodyParser: true,
  hasRouter: true,
  hidesMessages: true,
  scopesOfBrokenBodies: 0,
  async start(spec: AppSpec) {
    const app = await NestFactory.create(moduleOf(spec), { logger: false })
    if (spec.errorPage !== undefined) app.useGlobalFilters(filterOf(spec.errorPage))
    const { before } = spec
    if (before !== undefined) app.useGlobalGuards(guardOf(before))
    await app.init()
    return { server: app.getHttpServer() as Server, close: () => app.close() }
  },
}

/** A module with one controller, made as TypeScript makes it of decorators. */
function moduleOf({ db, options, route, handle, isRaw }: AppSpec): new () => object {
  class PostsController {
    async posts(title: string, body: unknown, response: Response): Promise<unknown> {
      const { headers = {}, answer } = await handle({ title, body })
      response.set(headers)
      return send(response, answer)
    }
  }
  const posts = Object.getOwnPropertyDescriptor(PostsController.prototype, 'posts')
  if (posts === undefined) throw new TypeError('no handler')
  Param('title')(PostsController.prototype, 'posts', 0)
  Body()(PostsController.prototype, 'posts', 1)
  Res({ passthrough: !isRaw })(PostsController.prototype, 'posts', 2)
  All(':title')(PostsController.prototype, 'posts', posts)
  if (route !== undefined) AthanorRoute(route)(PostsController.prototype, 'posts', posts)
  Controller('posts')(PostsController)
  class AppModule {
    readonly name = 'app'
  }
  Module({
    imports: [AthanorModule.forRoot(db, options)],
    controllers: [PostsController],
  })(AppModule)
  return AppModule
}

function filterOf(errorPage: NonNullable<AppSpec['errorPage']>) {
  class Filter {
    catch(error: unknown, host: ArgumentsHost): void {
      const response = host.switchToHttp().getResponse<Response>()
      const { status, body } = errorPage(error)
      if (!response.headersSent) response.set('x-handled', 'yes').status(status).json(body)
    }
  }
  Catch()(Filter)
  return new Filter()
}

function guardOf(before: () => Promise<void>): CanActivate {
  return {
    async canActivate() {
      await before()
      return true
    },
  }
}

function send(response: Response, answer: Answer): unknown {
  switch (answer.kind) {
    case 'json':
      response.status(answer.status)
      return answer.body
    case 'empty':
      response.status(answer.status)
      return undefined
    case 'redirect':
      response.status(answer.status).header('location', answer.location)
      return ''
    case 'stream':
      return new StreamableFile(Readable.from(answer.chunks), { type: answer.type })
    case 'raw':
      answer.write(response)
      return undefined
    case 'twice':
      response.status(201).json(answer.first)
      response.status(202).json(answer.second)
      return undefined
    case 'goes on':
      response.status(200).json(answer.body)
      answer.next()
      return undefined
  }
}
