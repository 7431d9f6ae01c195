import { join } from 'node:path'
import formbody from '@fastify/formbody'
import staticFiles from '@fastify/static'
import { athanor } from 'athanor/fastify'
import fastify, { type FastifyInstance } from 'fastify'
import { scheduleNightly } from './jobs/nightly.ts'
import type { WikiOptions } from './options.ts'
import { addRoutes } from './routes/index.ts'
import { setUp } from './services/set-up.ts'
import { addErrorPages, answerBadUrl } from './web/errors.ts'
import { addPageReplies } from './web/page-reply.ts'
import { addSecurity } from './web/security.ts'
import { createWiki, type Wiki } from './wiki.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Database, search and settings, for commands and tests. */
    readonly wiki: Wiki
  }
}

/**
 * The application, ready to listen. Closing it waits for running requests and the nightly job, then closes the database.
 *
 * Two applications in one process have nothing in common: each has its own database, sessions and connections.
 */
export async function buildApp(options: WikiOptions): Promise<FastifyInstance> {
  const wiki = createWiki(options)
  try {
    const { secret } = await setUp(wiki, options.adminPassword)
    return await assemble(wiki, secret)
  } catch (error) {
    await wiki.db.dispose() // nobody else could
    throw error
  }
}

async function assemble(wiki: Wiki, secret: string): Promise<FastifyInstance> {
  const { bodyLimit, logger, title } = wiki.settings
  const app = fastify({
    bodyLimit,
    logger,
    frameworkErrors: answerBadUrl(title),
    routerOptions: { maxParamLength: 500 },
  })
  app.decorate('wiki', wiki)
  // One request is one unit of work. What a route leaves changed is committed before its answer leaves; an answer of 400 or more, and every error,
  // rolls back. So a form that is not accepted needs no clean-up, and no route calls commit(): it would only be the place to forget it.
  await app.register(athanor, { db: wiki.db, commit: 'onSuccess' })
  await app.register(formbody)
  await app.register(staticFiles, {
    root: join(import.meta.dirname, 'public'),
    prefix: '/static/',
    maxAge: '1h',
  })
  addPageReplies(app)
  await addSecurity(app, wiki, secret)
  addErrorPages(app)
  addRoutes(app, wiki)
  scheduleNightly(app, wiki)
  return app
}
