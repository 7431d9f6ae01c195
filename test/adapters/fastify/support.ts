import { once } from 'node:events'
import { get, type IncomingMessage, type ClientRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { athanor, type AthanorOptions } from 'athanor/fastify'
import type { DatabaseConfig, Outcome } from 'athanor'
import { open, type Log, type models } from '../../app/support.ts'
import type { Database } from 'athanor'
import type { Sent } from '../../support/sent.ts'

export type Db = Database<typeof models>

/** The end of a request's scope. */
export interface Ended {
  readonly name: string
  readonly outcome: Outcome
}

/** A Fastify application with athanor on a Database of its own. */
export interface TestApp {
  readonly app: FastifyInstance
  readonly db: Db
  readonly log: Log
  readonly sent: Sent
  /** Waits for the end of the next request's scope that nobody has waited for. */
  ended(): Promise<Ended>
}

/** What a test may say otherwise. */
export interface TestAppOptions {
  readonly config?: DatabaseConfig
  readonly fastify?: FastifyServerOptions
  readonly plugin?: Partial<AthanorOptions>
}

export async function startApp(
  t: TestContext,
  { config = {}, fastify = {}, plugin = {} }: TestAppOptions = {},
): Promise<TestApp> {
  const { db, log, sent } = await open(t, config)
  const app = Fastify(fastify)
  t.after(() => app.close())
  const ends: Ended[] = []
  let wake: () => void = () => {}
  db.on('teardown', (outcome, scope) => {
    if (scope.kind !== 'request') return
    ends.push({ name: scope.name, outcome })
    wake()
  })
  await app.register(athanor, { db, ...plugin })
  return {
    app,
    db,
    log,
    sent,
    async ended() {
      for (let end = ends.shift(); ; end = ends.shift()) {
        if (end !== undefined) return end
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}

/** Listens, and gives the address. */
export async function listen(app: FastifyInstance): Promise<string> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
}

/** Sends a GET on a connection of its own, which the caller may cut with `destroy()`. */
export function send(url: string): ClientRequest {
  const request = get(url, { agent: false })
  request.on('error', () => {}) // it is cut on purpose
  return request
}

/** Sends a GET and waits for the head of the reply. */
export async function headOf(
  url: string,
): Promise<{ readonly request: ClientRequest; readonly response: IncomingMessage }> {
  const request = send(url)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { request, response }
}
