import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { athanor } from 'athanor/fastify'
import { open, Post, titles, type models } from '../../app/support.ts'
import { startApp } from './support.ts'
import type { CommitPolicy, Database } from 'athanor'

type Db = Database<typeof models>
type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** Who commits: how the plugin is registered, and what is around the handler. */
interface Strategy {
  readonly policy: CommitPolicy
  /** True: the handler calls `commit()` itself, before it answers. */
  readonly commitsItself: boolean
  readonly around: (db: Db, handler: Handler) => Handler
}

const plain = (_db: Db, handler: Handler): Handler => handler
const strategies: Readonly<Record<string, Strategy>> = {
  'manual, and nobody commits': { policy: 'manual', commitsItself: false, around: plain },
  'manual, with commit() in the handler': { policy: 'manual', commitsItself: true, around: plain },
  "commit: 'onSuccess'": { policy: 'onSuccess', commitsItself: false, around: plain },
  'db.transaction in the handler': {
    policy: 'manual',
    commitsItself: false,
    around: (db, handler) => (request, reply) => db.transaction(() => handler(request, reply)),
  },
  'db.transactional around the handler': {
    policy: 'manual',
    commitsItself: false,
    around: (db, handler) => db.transactional(handler),
  },
}

/** What a handler does after its work, and what must come of it. */
interface Case {
  readonly answer: (reply: FastifyReply, db: Db) => unknown
  /** Runs before the commit of a handler that commits itself. */
  readonly isEarly?: boolean
  readonly title?: string
  readonly status: number
  /** Whether the work counts as done: then all strategies that commit have stored it. */
  readonly isSuccess: boolean
  readonly headers?: Readonly<Record<string, string | undefined>>
}

const FREE = 'new'
const TAKEN = 'taken'
const forbidden = (): Error => Object.assign(new Error('not you'), { statusCode: 403 })

const cases: Readonly<Record<string, Case>> = {
  '200, returned': { answer: () => ({ ok: true }), status: 200, isSuccess: true },
  '201, sent inside': {
    answer: (reply) => reply.code(201).send({ ok: true }),
    status: 201,
    isSuccess: true,
  },
  '302': {
    answer: (reply) => reply.redirect('/made'),
    status: 302,
    isSuccess: true,
    headers: { location: '/made', 'set-cookie': 'last=1' },
  },
  thrown: {
    answer: () => {
      throw new Error('broken')
    },
    status: 500,
    isSuccess: false,
  },
  'thrown and handled to 500': {
    answer: () => {
      throw new TypeError('a page of its own')
    },
    status: 500,
    isSuccess: false,
    headers: { 'x-handled': 'yes' },
  },
  'thrown and handled to 200': {
    answer: () => {
      throw new RangeError('no harm')
    },
    status: 200,
    isSuccess: false,
    headers: { 'x-handled': 'yes' },
  },
  '400 returned': {
    answer: (reply) => {
      void reply.code(400)
      return { error: 'title' }
    },
    status: 400,
    isSuccess: false,
  },
  '400 sent inside': {
    answer: (reply) => reply.code(400).send({ error: 'title' }),
    status: 400,
    isSuccess: false,
  },
  'an Error returned': { answer: () => forbidden(), status: 403, isSuccess: false },
  'a fetch Response of 422 returned': {
    answer: () => new Response('no', { status: 422 }),
    status: 422,
    isSuccess: false,
  },
  '403 thrown': {
    answer: () => {
      throw forbidden()
    },
    status: 403,
    isSuccess: false,
  },
  'an early error page with setRollbackOnly()': {
    isEarly: true,
    answer: (_reply, db) => {
      db.scope.setRollbackOnly('the form is wrong')
      return 'the page again'
    },
    status: 200,
    isSuccess: false,
  },
}

interface Running {
  readonly db: Db
  readonly app: ReturnType<typeof Fastify>
  /** COMMITs since the last call. */
  commits(): number
}

/** An application whose only handler stores a post and then answers as `current` says. */
async function start(t: TestContext, strategy: Strategy, current: () => Case): Promise<Running> {
  const { db, sent } = await open(t)
  await db.run(() => db.session.add(new Post({ title: TAKEN })), { commit: 'onSuccess' })
  const app = Fastify()
  t.after(() => app.close())
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof TypeError) return reply.code(500).header('x-handled', 'yes').send('sorry')
    if (error instanceof RangeError)
      return reply.code(200).header('x-handled', 'yes').send('never mind')
    throw error
  })
  await app.register(athanor, { db, commit: strategy.policy })
  app.get('/healthy', async () => ({ posts: await db.select(Post).count() }))
  app.get(
    '/',
    strategy.around(db, async (_request, reply) => {
      const { answer, isEarly = false, title = FREE } = current()
      void reply
        .header('access-control-allow-origin', '*')
        .header('set-cookie', 'last=1')
        .header('content-language', 'la')
      db.session.add(new Post({ title }))
      if (isEarly) return answer(reply, db)
      if (strategy.commitsItself) await db.session.commit()
      return answer(reply, db)
    }),
  )
  await app.ready()
  sent.clear()
  return { db, app, commits: () => sent.kinds().filter((kind) => kind === 'commit').length }
}

function isStored(name: string, { isSuccess, isEarly = false }: Case): boolean {
  const strategy = strategies[name]
  if (strategy?.commitsItself) return !isEarly // explicit commits stand, whatever the reply is
  return isSuccess && (strategy?.policy === 'onSuccess' || strategy?.around !== plain)
}

for (const [strategyName, strategy] of Object.entries(strategies)) {
  describe(`a request under ${strategyName}`, () => {
    for (const [caseName, the] of Object.entries(cases)) {
      // seed 12
      // seed 16
      // seed 17
      it(`whose outcome is "${caseName}" ${isStored(strategyName, the) ? 'is stored' : 'leaves nothing'}`, async (t) => {
        const { db, app, commits } = await start(t, strategy, () => the)
        const reply = await app.inject('/')
        assert.equal(reply.statusCode, the.status)
        for (const [header, value] of Object.entries(the.headers ?? {}))
          assert.equal(reply.headers[header], value, header)
        assert.equal(reply.headers['access-control-allow-origin'], '*')
        const stored = isStored(strategyName, the)
        assert.equal(commits(), stored ? 1 : 0)
        assert.deepEqual(await titles(db), stored ? [TAKEN, FREE] : [TAKEN])
        assert.deepEqual((await app.inject('/healthy')).json(), { posts: stored ? 2 : 1 })
        assert.equal(db.engine.status.inUse, 0)
      })
    }

    // web 36
    it('answers a unique violation of its commit by the error path, once, without the headers of the lost reply', async (t) => {
      const nobodyCommits =
        strategy.policy === 'manual' && !strategy.commitsItself && strategy.around === plain
      const redirect: Case = { title: TAKEN, answer: () => '', status: 500, isSuccess: false }
      const { db, app, commits } = await start(t, strategy, () => ({
        ...redirect,
        answer: (reply) => reply.redirect('/made'),
      }))
      const reply = await app.inject('/')
      assert.equal(reply.statusCode, nobodyCommits ? 302 : 500)
      assert.equal(reply.headers['access-control-allow-origin'], '*')
      if (!nobodyCommits) {
        assert.equal((reply.json() as { readonly code: string }).code, 'UNIQUE_VIOLATION')
      }
      if (strategy.policy === 'onSuccess') {
        assert.equal(reply.headers['location'], undefined)
        assert.equal(reply.headers['set-cookie'], undefined)
        assert.equal(reply.headers['content-language'], undefined)
      }
      assert.equal(commits(), 0)
      assert.deepEqual(await titles(db), [TAKEN])
      assert.equal((await app.inject('/healthy')).statusCode, 200)
      assert.equal(db.engine.status.inUse, 0)
    })

    // web 35
    // seed 7
    it('comes to its end when the client has gone, and its work counts as its status says', async (t) => {
      let entered: () => void = () => {}
      const inHandler = new Promise<void>((resolve) => (entered = resolve))
      const slow: Case = {
        answer: async (_reply, { scope }) => {
          const gone = once(scope.signal, 'abort')
          entered()
          await gone
          return { ok: true }
        },
        status: 200,
        isSuccess: true,
      }
      const { db, app, commits } = await start(t, strategy, () => slow)
      const ended = new Promise<unknown>(
        (resolve) =>
          void db.on('teardown', (outcome, scope) => scope.kind === 'request' && resolve(outcome)),
      )
      await app.listen({ port: 0, host: '127.0.0.1' })
      const request = get({ port: (app.server.address() as AddressInfo).port, path: '/' })
      request.on('error', () => {}) // the socket is cut below
      await inHandler
      request.destroy()
      const stored = isStored(strategyName, slow)
      assert.deepEqual(await ended, {
        error: undefined,
        status: 200,
        aborted: true,
        committed: stored,
        streaming: false,
      })
      assert.equal(commits(), stored ? 1 : 0)
      assert.deepEqual(await titles(db), stored ? [TAKEN, FREE] : [TAKEN])
      assert.equal((await app.inject('/healthy')).statusCode, 200)
      assert.equal(db.engine.status.inUse, 0)
    })
  })
}

describe('a reply that is sent inside db.transaction', () => {
  it('is the end of the block: an error runs no callback of a commit and counts as not committed', async (t) => {
    const complaints: string[] = []
    const logger = {
      level: 'warn',
      stream: { write: (line: string) => void complaints.push(line) },
    }
    const { app, db, ended } = await startApp(t, { fastify: { logger } })
    const ran: string[] = []
    app.get('/:status', async (request, reply) =>
      db.transaction(async () => {
        const { status } = request.params as { status: string }
        db.session.add(new Post({ title: status }))
        db.scope.afterCommit(() => ran.push(status))
        return reply.code(Number(status)).send(status)
      }),
    )
    assert.equal((await app.inject('/422')).statusCode, 422)
    assert.equal((await ended()).outcome.committed, false)
    assert.equal((await app.inject('/201')).statusCode, 201)
    assert.equal((await ended()).outcome.committed, true)
    assert.deepEqual(ran, ['201'])
    assert.deepEqual(complaints, [])
    assert.deepEqual(await titles(db), ['201'])
  })

  it('may come after blocks inside it', async (t) => {
    const { app, db } = await startApp(t)
    app.get('/', async (_request, reply) =>
      db.transaction(async () => {
        db.session.add(new Post({ title: 'outer' }))
        await db.transaction(async () => {
          db.session.add(new Post({ title: 'inner' }))
        })
        return reply.send('ok')
      }),
    )
    assert.equal((await app.inject('/')).body, 'ok')
    assert.deepEqual(await titles(db), ['outer', 'inner'])
  })

  it('and says nothing of blocks that handle their own failure: only the outermost is judged', async (t) => {
    const { app, db } = await startApp(t)
    app.get('/', async (_request, reply) => {
      await db.transaction(async () => {
        db.session.add(new Post({ title: 'kept' }))
        await db.transaction(async () => {
          void reply.code(409)
          db.session.add(new Post({ title: 'kept too' }))
        })
        void reply.code(200)
      })
      return 'ok'
    })
    assert.equal((await app.inject('/')).statusCode, 200)
    assert.deepEqual(await titles(db), ['kept', 'kept too'])
  })
})
