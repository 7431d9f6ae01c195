import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assign, DisconnectedError, SerializationError } from 'athanor'
import { Post } from '../../app/support.ts'
import type { Adapter, Answer } from './adapter.ts'
import { start, store, TAKEN } from './running.ts'

async function* words(): AsyncGenerator<string> {
  yield 'one '
  yield 'two'
}

interface Success {
  readonly answer: () => Answer
  readonly status: number
  readonly text: string
  readonly isRaw?: boolean
}

/** Replies that count as success. */
export const successes: Readonly<Record<string, Success>> = {
  '200 with JSON': {
    answer: () => ({ kind: 'json', status: 200, body: { ok: true } }),
    status: 200,
    text: '{"ok":true}',
  },
  '201 with JSON': {
    answer: () => ({ kind: 'json', status: 201, body: { ok: true } }),
    status: 201,
    text: '{"ok":true}',
  },
  '204': { answer: () => ({ kind: 'empty', status: 204 }), status: 204, text: '' },
  'a redirect by 302': {
    answer: () => ({ kind: 'redirect', status: 302, location: '/made' }),
    status: 302,
    text: '*',
  },
  'a redirect by 303': {
    answer: () => ({ kind: 'redirect', status: 303, location: '/made' }),
    status: 303,
    text: '*',
  },
  'a stream': {
    answer: () => ({ kind: 'stream', type: 'text/plain', chunks: words() }),
    status: 200,
    text: 'one two',
  },
  'server-sent events': {
    answer: () => ({ kind: 'stream', type: 'text/event-stream', chunks: words() }),
    status: 200,
    text: 'one two',
  },
  'a raw reply': {
    isRaw: true,
    answer: () => ({
      kind: 'raw',
      write(response) {
        response.writeHead(201, 'Made', { 'x-raw': 'yes' })
        response.write('one ')
        response.end('two')
      },
    }),
    status: 201,
    text: 'one two',
  },
}

function successOf(name: string): Success {
  const success = successes[name]
  if (success === undefined) throw new Error(`There is no success "${name}".`)
  return success
}

const HEADERS = {
  'set-cookie': 'last=1',
  etag: '"1"',
  'content-language': 'la',
  'access-control-allow-origin': '*',
  'x-request-id': '7',
}

/** Statuses, throws, commits that fail. */
export function outcomes(adapter: Adapter): void {
  describe(`${adapter.name}: a reply that is a success`, () => {
    for (const [name, { answer, status, text, isRaw = false }] of Object.entries(successes)) {
      // web 36
      // web 37
      it(`is sent after its commit: ${name}`, async (t) => {
        const running = await start(
          t,
          adapter,
          ({ db }) =>
            ({ title }) => {
              store(db, title)
              return { answer: answer(), headers: HEADERS }
            },
          { isRaw },
        )
        const got = await running.call()
        assert.equal(got.status, status)
        if (text !== '*') assert.equal(got.text, text)
        assert.equal(got.headers['x-request-id'], '7')
        assert.deepEqual(got.headers['set-cookie'], ['last=1'])
        assert.equal(running.commits(), 1)
        const { outcome } = await running.ended()
        assert.equal(outcome.committed, true)
        assert.equal(outcome.aborted, false)
        assert.equal(outcome.status, status)
        assert.deepEqual(await running.stored(), ['new'])
        await running.checkInvariants(1)
      })

      // seed 12
      // web 36
      it(`is an error without a trace of the lost reply when its commit fails: ${name}`, async (t) => {
        const running = await start(
          t,
          adapter,
          ({ db }) =>
            ({ title }) => {
              store(db, title)
              return { answer: answer(), headers: HEADERS }
            },
          { isRaw },
        )
        const got = await running.call(TAKEN)
        assert.equal(got.status, 500)
        for (const header of ['location', 'set-cookie', 'content-language'])
          assert.equal(got.headers[header], undefined, header)
        assert.notEqual(got.headers['etag'], HEADERS.etag) // the error page may have one
        assert.equal(got.headers['access-control-allow-origin'], '*')
        assert.equal(got.headers['x-request-id'], '7')
        assert.doesNotMatch(got.text, /one two|"ok"|made/)
        assert.equal(got.isComplete, true)
        assert.equal(running.commits(), 0)
        assert.equal((await running.ended()).outcome.committed, false)
        assert.deepEqual(await running.stored(), [])
        assert.equal((await running.call('next')).status, status)
        assert.deepEqual(await running.stored(), ['next'])
        await running.checkInvariants(2)
      })
    }

    it('of which the commit fails is answered by the application’s error page, once', async (t) => {
      for (const isRaw of [false, true]) {
        const seen: unknown[] = []
        const name = isRaw ? 'a raw reply' : '201 with JSON'
        const running = await start(
          t,
          adapter,
          ({ db }) =>
            ({ title }) => {
              store(db, title)
              return { answer: successOf(name).answer(), headers: HEADERS }
            },
          {
            isRaw,
            errorPage: (error) => {
              seen.push((error as { code: unknown }).code)
              return { status: 409, body: { sorry: true } }
            },
          },
        )
        const got = await running.call(TAKEN)
        const isSeen = !isRaw || adapter.rawReachesErrorPage
        assert.deepEqual(seen, isSeen ? ['UNIQUE_VIOLATION'] : [])
        assert.equal(got.status, isSeen ? 409 : 500)
        assert.equal(got.headers['x-handled'], isSeen ? 'yes' : undefined)
        assert.equal(got.headers['set-cookie'], undefined)
        await running.checkInvariants(1)
      }
    })

    // settled A19
    it('is a 503 with Retry-After when its transaction lost against another one', async (t) => {
      for (const name of ['a redirect by 303', 'a raw reply']) {
        const { answer, isRaw = false } = successOf(name)
        const running = await start(
          t,
          adapter,
          ({ db }) =>
            ({ title }) => {
              store(db, title)
              return { answer: answer() }
            },
          { isRaw },
        )
        const listener = running.db.on('session', (session) =>
          session.on('beforeCommit', () => {
            throw new SerializationError('Two transactions met.')
          }),
        )
        const got = await running.call()
        assert.equal(got.status, 503)
        assert.equal(got.headers['retry-after'], '1')
        assert.equal(got.headers['location'], undefined)
        listener[Symbol.dispose]()
        assert.deepEqual(await running.stored(), [])
        await running.checkInvariants(1)
      }
    })
  })

  describe(`${adapter.name}: a reply that is a failure`, () => {
    for (const status of [400, 404, 422, 500]) {
      // seed 16
      it(`stores nothing though nothing is thrown: ${status}`, async (t) => {
        const running = await start(t, adapter, ({ db }) => async ({ title }) => {
          store(db, title)
          await db.session.flush()
          return { answer: { kind: 'json', status, body: { ok: false } } }
        })
        const got = await running.call()
        assert.deepEqual([got.status, got.text], [status, '{"ok":false}'])
        assert.equal(running.commits(), 0)
        assert.equal((await running.ended()).outcome.status, status)
        assert.deepEqual(await running.stored(), [])
        await running.checkInvariants(1)
      })
    }

    const errors: Readonly<Record<string, readonly [error: () => Error, status: number]>> = {
      'an Error': [() => new Error('broken'), 500],
      'an error of 403': [adapter.forbidden, 403],
    }
    for (const [name, [error, status]] of Object.entries(errors)) {
      // seed 16
      it(`stores nothing when the handler throws: ${name}`, async (t) => {
        const running = await start(t, adapter, ({ db }) => async ({ title }) => {
          store(db, title)
          await db.session.flush()
          throw error()
        })
        assert.equal((await running.call()).status, status)
        assert.equal(running.commits(), 0)
        assert.deepEqual(await running.stored(), [])
        await running.checkInvariants(1)
      })
    }

    it('is a 503 with Retry-After and without the error’s text when what the handler asked of the database may succeed next time', async (t) => {
      const running = await start(t, adapter, ({ db }) => async ({ title }) => {
        store(db, title)
        await db.session.flush()
        if (title === 'lost') throw new DisconnectedError('The server db7 went away.')
        throw new SerializationError('Two transactions met on db7.')
      })
      for (const title of ['lost', 'met']) {
        const got = await running.call(title)
        assert.deepEqual([got.status, got.headers['retry-after']], [503, '1'])
        if (adapter.hidesMessages) assert.doesNotMatch(got.text, /db7/)
      }
      assert.deepEqual(await running.stored(), [])
      await running.checkInvariants(2)
    })

    it('is what the program maps such an error to', async (t) => {
      const running = await start(
        t,
        adapter,
        ({ db }) =>
          ({ title }) => {
            store(db, title)
            throw new SerializationError('Two transactions met.')
          },
        { errorPage: () => ({ status: 409, body: { sorry: true } }) },
      )
      assert.equal((await running.call()).status, 409)
      await running.checkInvariants(1)
    })

    it('is the 400 of assign, with its message, in whatever framework', async (t) => {
      const running = await start(t, adapter, ({ db }) => ({ title }) => {
        store(db, title)
        db.session.add(assign(Post, { title: 5 }, ['title']))
        return { answer: { kind: 'json', status: 201, body: {} } }
      })
      const got = await running.call()
      assert.equal(got.status, 400)
      assert.match(got.text, /title(?:"|\\"|&quot;) must be a string of at most 200 characters/)
      assert.deepEqual(await running.stored(), [])
      await running.checkInvariants(1)
    })

    // web 65
    it('is the 404 of getOr404, in whatever framework', async (t) => {
      const running = await start(t, adapter, ({ db }) => async () => {
        const post = await db.getOr404(Post, '77', { description: 'There is no such post.' })
        return { answer: { kind: 'json', status: 200, body: { title: post.title } } }
      })
      const got = await running.call()
      assert.equal(got.status, 404)
      await running.checkInvariants(1)
    })

    // web 35
    it('is an error that the error page answers with 200, or setRollbackOnly() where the framework shows nobody', async (t) => {
      const running = await start(
        t,
        adapter,
        ({ db }) =>
          ({ title }) => {
            store(db, title)
            if (!adapter.seesHandledErrors) db.scope.setRollbackOnly('an error page follows')
            throw new RangeError('no harm')
          },
        { errorPage: () => ({ status: 200, body: { never: 'mind' } }) },
      )
      const got = await running.call()
      assert.deepEqual([got.status, got.headers['x-handled']], [200, 'yes'])
      assert.equal(running.commits(), 0)
      assert.deepEqual(await running.stored(), [])
      await running.checkInvariants(1)
    })

    // seed 16
    it('is an early page with setRollbackOnly()', async (t) => {
      const running = await start(t, adapter, ({ db }) => ({ title }) => {
        store(db, title)
        db.scope.setRollbackOnly('the form is wrong')
        return { answer: { kind: 'json', status: 200, body: 'the page again' } }
      })
      assert.equal((await running.call()).status, 200)
      assert.deepEqual(await running.stored(), [])
      await running.checkInvariants(1)
    })

    // seed 17
    it('rolls db.transactional() around the handler back, and a success commits it', async (t) => {
      const running = await start(
        t,
        adapter,
        ({ db }) =>
          db.transactional(async ({ title }: { readonly title: string }) => {
            store(db, title)
            await db.session.flush()
            if (title === 'thrown') throw adapter.forbidden()
            return { answer: { kind: 'json', status: 201, body: {} } as const }
          }),
        { options: {} },
      )
      assert.equal((await running.call('thrown')).status, 403)
      assert.equal((await running.call('made')).status, 201)
      assert.deepEqual(await running.stored(), ['made'])
      await running.checkInvariants(2)
    })
  })

  describe(`${adapter.name}: without a policy`, () => {
    // web 26
    it('nothing is stored but what the handler commits', async (t) => {
      const running = await start(
        t,
        adapter,
        ({ db }) =>
          async ({ title }) => {
            store(db, title)
            if (title === 'explicit') await db.session.commit()
            return { answer: { kind: 'json', status: 200, body: {} } }
          },
        { options: {} },
      )
      assert.equal((await running.call('lost')).status, 200)
      assert.equal((await running.call('explicit')).status, 200)
      assert.deepEqual(await running.stored(), ['explicit'])
      await running.checkInvariants(2)
    })
  })
}
