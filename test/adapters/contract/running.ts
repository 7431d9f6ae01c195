import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  request as httpRequest,
  type Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DatabaseConfig, Outcome, Scope } from 'athanor'
import { open, Post, titles, type Log } from '../../app/support.ts'
import type { Sent } from '../../support/sent.ts'
import type { Adapter, AppSpec, Db, Handle } from './adapter.ts'

export const TAKEN = 'taken'

/** A reply as the client has it. */
export interface Got {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** False: the connection broke before the body's end. */
  readonly isComplete: boolean
}

/** The end of a request's scope. */
export interface Ended {
  readonly name: string
  readonly outcome: Outcome
}

/** What a test may say otherwise. */
export interface StartOptions extends Partial<Omit<AppSpec, 'db' | 'handle'>> {
  readonly config?: DatabaseConfig
}

/** Everything that was thrown where nobody listens, in this process. */
const strays: unknown[] = []
process.on('uncaughtExceptionMonitor', (error) => strays.push(error))

/** An application under the adapter, on a Database of its own in which one post is stored, with a client. */
export class Running {
  readonly base: string
  readonly db: Db
  readonly log: Log
  /** Ends the application and its Database, once. */
  readonly close: () => Promise<void>
  readonly #sent: Sent
  readonly #ends: Ended[] = []
  readonly #teardowns = new Map<Scope, number>()
  #wake: () => void = () => {}
  #commits = 0

  constructor(
    base: string,
    { db, log, sent }: { db: Db; log: Log; sent: Sent },
    close: () => Promise<void>,
  ) {
    this.base = base
    this.close = close
    this.db = db
    this.log = log
    this.#sent = sent
    db.on('teardown', (outcome, scope) => {
      if (scope.kind !== 'request') return
      this.#teardowns.set(scope, (this.#teardowns.get(scope) ?? 0) + 1)
      this.#ends.push({ name: scope.name, outcome })
      this.#wake()
    })
  }

  /** Requests the route and waits for the whole reply. */
  async call(title = 'new', options: CallOptions = {}): Promise<Got> {
    const request = this.open(title, options)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    let text = ''
    let isComplete = true
    try {
      for await (const chunk of response.setEncoding('utf8')) text += chunk as string
    } catch {
      isComplete = false // reset by the server, which some tests want
    }
    return { status: response.statusCode ?? 0, headers: response.headers, text, isComplete }
  }

  /** Requests the route, on a connection of its own unless an agent is given; the caller may cut it with `destroy()`. */
  open(
    title = 'new',
    { method = 'GET', path, body, agent = false }: CallOptions = {},
  ): ClientRequest {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const url = `${this.base}${path ?? `/posts/${title}`}`
    const request = httpRequest(url, { agent, method, headers })
    request.on('error', () => {}) // cut on purpose; a call sees it too
    request.end(body)
    return request
  }

  /** Waits for the end of the next request's scope that nobody has waited for. */
  async ended(): Promise<Ended> {
    for (let end = this.#ends.shift(); ; end = this.#ends.shift()) {
      if (end !== undefined) return end
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** How many scopes of requests have ended that nobody has waited for. */
  get unseenEnds(): number {
    return this.#ends.length
  }

  /** How many scopes of requests have ended. */
  get scopes(): number {
    return this.#teardowns.size
  }

  /** COMMITs since the last call. */
  commits(): number {
    const commits = this.#sent.kinds().filter((kind) => kind === 'commit').length
    this.#commits += commits
    return commits
  }

  /** Titles stored beside the one that was there at the start. */
  async stored(): Promise<string[]> {
    return (await titles(this.db)).filter((title) => title !== TAKEN)
  }

  /** What must hold whatever a request did. `others` are commits of the test itself. */
  async checkInvariants(requests: number, others = 0): Promise<void> {
    await until(() => this.#teardowns.size >= requests, 'all scopes have ended')
    this.commits()
    assert.equal(this.#teardowns.size, requests, 'a scope for each request')
    for (const [scope, times] of this.#teardowns) {
      assert.equal(times, 1, `${scope.name} is torn down once`)
      assert.equal(scope.closed, true)
      assert.equal(scope.isSettled, true)
    }
    assert.ok(this.#commits <= requests + others, 'a commit at most for each request')
    assert.equal(this.db.engine.status.inUse, 0, 'no connection is left')
    assert.equal((await this.db.run(() => this.db.select(Post).count())) > 0, true)
    await sleep(5)
    assert.deepEqual(strays, [], 'nothing is thrown where nobody listens')
  }
}

/** How the route is requested. */
export interface CallOptions {
  readonly method?: string
  readonly path?: string
  readonly body?: string
  readonly agent?: Agent | false
}

/** What `startOn` is given. */
interface StartOn {
  readonly opened: { readonly db: Db; readonly log: Log; readonly sent: Sent }
  readonly handle: (running: { readonly db: Db }) => Handle
  readonly spec: Partial<Omit<AppSpec, 'db' | 'handle'>>
}

/** Starts an application of the adapter. */
export async function start(
  t: TestContext,
  adapter: Adapter,
  handle: (running: { readonly db: Db }) => Handle,
  given: StartOptions = {},
): Promise<Running> {
  const { config = {}, ...spec } = given
  return startOn(t, adapter, { opened: await open(t, config), handle, spec })
}

/** Starts an application of the adapter on a Database whose tables are empty. */
export async function startOn(
  t: TestContext,
  adapter: Adapter,
  { opened, handle, spec }: StartOn,
): Promise<Running> {
  const { db } = opened
  await db.run(() => db.session.add(new Post({ title: TAKEN })), { commit: 'onSuccess' })
  const app = await adapter.start({
    db,
    options: { commit: 'onSuccess' },
    route: undefined,
    before: undefined,
    errorPage: undefined,
    isRaw: false,
    handle: handle({ db }),
    ...spec,
  })
  const { server } = app
  if (!server.listening) await new Promise<void>((go) => server.listen(0, '127.0.0.1', go))
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= app.close())
  t.after(async () => {
    server.closeAllConnections()
    await close()
    server.close() // nothing is left to wait for
  })
  const { port } = server.address() as AddressInfo
  opened.sent.clear()
  return new Running(`http://127.0.0.1:${port}`, opened, close)
}

/** Waits until something holds; a test that waits in vain fails by the runner's time limit, told what it waits for. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    assert.ok(turn < 1_000, `in vain waited until ${what}`)
    await sleep(5)
  }
}

/** Stores a post. */
export function store(db: Db, title: string): Post {
  return db.session.add(new Post({ title }))
}
