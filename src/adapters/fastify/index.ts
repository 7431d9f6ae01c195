import type { FastifyPluginAsync } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { AthanorOptions, RouteOptions as AthanorRouteOptions } from './options.ts'
import { plugin } from './plugin.ts'

export type { AthanorOptions, RouteOptions } from './options.ts'

// Not by the name RouteOptions: where another plugin has extended Fastify's own of that name, it would mean that one.
declare module 'fastify' {
  interface FastifyContextConfig {
    /** How athanor runs the requests of this route. */
    athanor?: AthanorRouteOptions
  }
}

/**
 * Gives every request of a Fastify application a scope, and settles it before the reply leaves.
 *
 * ```ts
 * await app.register(athanor, { db, commit: 'onSuccess' })
 * app.post<{ Body: { title: string } }>('/posts', async (request, reply) => {
 *   const post = db.session.add(new Post({ title: request.body.title }))
 *   return reply.code(201).send({ title: post.title }) // sent after COMMIT, or a 500 in its place
 * })
 * ```
 * Register it before the plugins that hold your routes. A commit that fails is answered by your error handler; nothing of the lost reply remains.
 * `app.close()` disposes of the Database when no other application uses it.
 * @throws {ConfigurationError} CONFIGURATION under Fastify 4 and without `db`; ALREADY_INITIALIZED when the application has a Database.
 * @since 0.1
 */
export const athanor: FastifyPluginAsync<AthanorOptions> = fastifyPlugin(plugin, {
  name: 'athanor',
})
