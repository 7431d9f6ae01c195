import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Post, temporaryFile } from '../../app/support.ts'
import type { Scope, Session } from 'athanor'
import type { Adapter, Db } from './adapter.ts'
import { start, store, TAKEN } from './running.ts'

/** Of what the framework calls a request. */
function urlOf(request: unknown): string {
  const { url, req } = request as {
    readonly url?: string | URL
    readonly req?: { readonly url: string }
  }
  return String(url ?? req?.url ?? '')
}

const ok = { answer: { kind: 'json', status: 200, body: { ok: true } } } as const

/** Which scope a request has, and under which options. */
export function scopes(adapter: Adapter): void {
  describe(`${adapter.name}: the scope of a request`, () => {
    // web 24
    it('is the same before the handler and in it, named after the route, and another one for each request', async (t) => {
      const seen: [Scope, Session][] = []
      let holder: Db | undefined
      const note = (): void => {
        if (holder !== undefined) seen.push([holder.scope, holder.session])
      }
      const running = await start(
        t,
        adapter,
        ({ db }) => {
          holder = db
          return async () => {
            note()
            await sleep(2)
            note()
            return { answer: { kind: 'json', status: 200, body: { name: db.scope.name } } }
          }
        },
        { before: async () => note() },
      )
      const replies = await Promise.all([running.call('1'), running.call('2')])
      const name = adapter.hasRouter ? 'GET /posts/:title' : /^GET \/posts\/[12]$/
      for (const { text } of replies) {
        const { name: found } = JSON.parse(text) as { readonly name: string }
        if (typeof name === 'string') assert.equal(found, name)
        else assert.match(found, name)
      }
      assert.equal(seen.length, 6)
      assert.equal(new Set(seen.map(([scope]) => scope)).size, 2)
      assert.equal(new Set(seen.map(([, session]) => session)).size, 2)
      await running.checkInvariants(2)
    })

    // seed 8
    it('leaves an open scope around the client alone', async (t) => {
      const running = await start(t, adapter, ({ db }) => async ({ title }) => {
        store(db, `${title} ${await db.select(Post).count()}`)
        return ok
      })
      const { db } = running
      await db.run(async (outer) => {
        const kept = store(db, 'pending outside')
        await running.call('inside')
        assert.equal(db.scope, outer)
        assert.equal(db.session.has(kept), true)
        await db.session.rollback()
      })
      assert.deepEqual(await running.stored(), ['inside 1'])
      await running.checkInvariants(1)
    })

    // web 35
    it('has the options of its route before the application’s, though the session was used before the route was reached', async (t) => {
      const commits: Record<string, readonly [number, number]> = {}
      const cases = {
        application: [{}, undefined],
        'route commits': [{}, { commit: 'onSuccess' }],
        'route does not': [{ commit: 'onSuccess' }, { commit: 'manual' }],
        'route decides': [{}, { commit: ({ status }: { status?: unknown }) => status === 200 }],
        'application reads': [{ commit: 'onSuccess', readOnly: true }, undefined],
        'route reads': [{ commit: 'onSuccess' }, { readOnly: true }],
      } as const
      for (const [name, [options, route]] of Object.entries(cases)) {
        let count = async (): Promise<unknown> => undefined
        const running = await start(
          t,
          adapter,
          ({ db }) => {
            count = () => db.select(Post).count()
            return ({ title }) => {
              store(db, title)
              return ok
            }
          },
          { options, route, before: async () => void (await count()) },
        )
        const { status } = await running.call(name.replaceAll(' ', '-'))
        commits[name] = [status, running.commits()]
        await running.checkInvariants(1)
      }
      assert.deepEqual(commits, {
        application: [200, 0],
        'route commits': [200, 1],
        'route does not': [200, 0],
        'route decides': [200, 1],
        'application reads': [500, 0],
        'route reads': [500, 0],
      })
    })

    // seed 20
    it('has the isolation of its route', async (t) => {
      const running = await start(
        t,
        adapter,
        ({ db }) =>
          async () => {
            const first = await db.select(Post).count()
            await db.run(() => store(db, 'meanwhile'), { commit: 'onSuccess' })
            const second = await db.select(Post).count()
            return { answer: { kind: 'json', status: 200, body: [first, second] } }
          },
        { route: { isolation: 'serializable', readOnly: true } },
      )
      const { status, text } = await running.call()
      assert.deepEqual([status, text], [200, '[1,1]'])
      await running.checkInvariants(1, 1)
    })

    it('is on the engine that its request names, which is asked once', async (t) => {
      const asked: string[] = []
      const acme = { default: 'acme' }
      const running = await start(
        t,
        adapter,
        ({ db }) =>
          async ({ title }) => {
            store(db, title)
            await db.select(Post).count()
            return ok
          },
        {
          config: { engines: { acme: `sqlite:${temporaryFile(t)}` } },
          options: {
            commit: 'onSuccess',
            engines(request) {
              const url = urlOf(request)
              asked.push(url)
              return url.includes('theirs') ? acme : undefined
            },
          },
        },
      )
      const { db } = running
      await db.run(() => db.createAll('default'), { engines: acme })
      const replies = await Promise.all([running.call('ours'), running.call('theirs')])
      for (const { status, text } of replies) assert.equal(status, 200, text)
      assert.deepEqual(await running.stored(), ['ours'])
      const theirs = await db.run(() => db.select(Post.c.title).all(), { engines: acme })
      assert.deepEqual(theirs, ['theirs'])
      assert.equal(asked.length, 2)
    })

    it('is in the schemas that its request names, which is asked once', async (t) => {
      const asked: string[] = []
      const running = await start(
        t,
        adapter,
        ({ db }) =>
          async () => {
            const told = [0, 1].map(() => schemaOf(db.scope))
            return { answer: { kind: 'json', status: 200, body: told } }
          },
        {
          options: {
            schemas(request) {
              const url = urlOf(request)
              asked.push(url)
              if (url.includes('text')) return 'a text' as never
              return url.includes('theirs') ? { default: 'theirs' } : {}
            },
          },
        },
      )
      const titles = ['ours', 'theirs', 'text']
      const replies = await Promise.all(titles.map((title) => running.call(title)))
      const refused = '["CONFIGURATION","CONFIGURATION"]' // SQLite has no schemas, and a text names none
      assert.deepEqual(
        replies.map(({ text }) => text),
        ['["its own","its own"]', refused, refused],
      )
      assert.equal(asked.length, 3)
    })

    it('reads the page that the client asks for', async (t) => {
      const posts = Array.from({ length: 30 }, (_, i) => new Post({ title: `${i}` }))
      for (const [options, query] of [
        [{}, 'page=2&per_page=3&p=7'],
        [{ pageParameters: { page: 'p', perPage: 'size' } }, 'p=2&size=3&page=7'],
      ] as const) {
        const running = await start(
          t,
          adapter,
          ({ db }) =>
            async () => {
              const page = await db.paginate(db.select(Post.c.id).orderBy(Post.c.id))
              return { answer: { kind: 'json', status: 200, body: page.items } }
            },
          { options },
        )
        const { db } = running
        await db.run(() => db.session.addAll(posts.map(({ title }) => new Post({ title }))), {
          commit: 'onSuccess',
        })
        const page = (text: string) => running.call('', { path: `/posts/x?${text}` })
        assert.equal((await page(query)).text, '[4,5,6]')
        assert.equal((await page(query.replaceAll('2', 'x'))).status, 404)
        await running.checkInvariants(2)
      }
    })
  })

  describe(`${adapter.name}: 200 requests of all kinds at once`, () => {
    // seed 24
    it('leave what was acknowledged, nothing else, and no connection', async (t) => {
      const running = await start(t, adapter, ({ db }) => async ({ title }) => {
        store(db, title === 'fails' ? TAKEN : title)
        if (title.startsWith('thrown')) throw adapter.forbidden()
        if (title.startsWith('slow')) await sleep(20)
        const status = title.startsWith('refused') ? 422 : 201
        return { answer: { kind: 'json', status, body: {} } }
      })
      const acknowledged: string[] = []
      const kinds = ['kept', 'refused', 'thrown', 'fails', 'slow', 'cut']
      const run = async (i: number): Promise<void> => {
        const kind = kinds[i % kinds.length] ?? ''
        if (kind === 'cut') {
          const request = running.open(`slow cut ${i}`.replaceAll(' ', '-'))
          await sleep(i % 15)
          request.destroy()
          return
        }
        const title = kind === 'fails' ? kind : `${kind}-${i}`
        if ((await running.call(title)).status === 201) acknowledged.push(title)
      }
      for (let first = 0; first < 200; first += 20)
        await Promise.all(Array.from({ length: 20 }, (_, i) => run(first + i)))
      await sleep(50) // those that were cut come to their end
      const stored = new Set(await running.stored())
      for (const title of acknowledged) assert.ok(stored.delete(title), title)
      for (const title of stored) assert.match(title, /^slow-cut/)
      assert.equal(acknowledged.length, 67)
      const { db } = running
      assert.equal(db.engine.status.inUse, 0)
      await running.checkInvariants(running.scopes)
    })
  })
}

function schemaOf(scope: Scope): string {
  try {
    return scope.schema() ?? 'its own'
  } catch (error) {
    return (error as { readonly code: string }).code
  }
}
