import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import type { Outcome } from 'athanor'
import { WebSocket, WebSocketServer } from 'ws'
import { open, Post, titles } from '../../app/support.ts'
import { eventually } from '../../support/eventually.ts'
import type { Adapter, Db, OnMessage, SocketSpec } from './adapter.ts'

interface Ended {
  readonly name: string
  readonly outcome: Outcome
}

/** An application with a web socket, in which each message that arrives is handed to `onMessage`. */
async function start(
  t: TestContext,
  adapter: Adapter,
  onMessage: (db: Db) => OnMessage,
): Promise<{ db: Db; ends: Ended[]; connect: () => Promise<WebSocket> }> {
  const { db } = await open(t)
  const ends: Ended[] = []
  db.on('teardown', (outcome, { name }) => ends.push({ name, outcome }))
  const spec = { db, options: {}, onMessage: onMessage(db) }
  const { server, close } = await (adapter.startSockets?.(spec) ?? besideRequests(adapter, spec))
  if (!server.listening) await new Promise<void>((go) => server.listen(0, '127.0.0.1', go))
  const clients: WebSocket[] = []
  t.after(async () => {
    for (const socket of clients) socket.terminate()
    server.closeAllConnections()
    await close()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    db,
    ends,
    async connect() {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`)
      clients.push(socket)
      await once(socket, 'open')
      return socket
    },
  }
}

/** Where upgrades pass by the framework, as with Node's own server. */
async function besideRequests(adapter: Adapter, { db, options, onMessage }: SocketSpec) {
  const { server, close } = await adapter.start({
    db,
    options,
    route: undefined,
    before: undefined,
    errorPage: undefined,
    isRaw: false,
    handle: () => ({ answer: { kind: 'empty', status: 204 } }),
  })
  new WebSocketServer({ server }).on('connection', (socket) =>
    socket.on('message', (data: Buffer) => onMessage(String(data), (text) => socket.send(text))),
  )
  return { server, close }
}

async function ask(socket: WebSocket, text: string): Promise<string> {
  socket.send(text)
  const [answer] = (await once(socket, 'message')) as [Buffer]
  return String(answer)
}

/** Messages of web sockets: units of work that no request stands for. */
export function sockets(adapter: Adapter): void {
  describe(`${adapter.name}: a message of a web socket`, () => {
    // web 43
    it('has a scope of its own by db.wrap(), which stores on success only, also while others run', async (t) => {
      const { db, ends, connect } = await start(t, adapter, (own) => {
        const work = own.wrap(
          async (title: string) => {
            own.session.add(new Post({ title }))
            await own.session.flush()
            if (title.startsWith('bad')) throw new Error('refused')
            return own.scope.name
          },
          { name: 'message', commit: 'onSuccess' },
        )
        return (text, send) =>
          void work(text).then(send, (error: Error) => send(`error: ${error.message}`))
      })
      const clients = await Promise.all(Array.from({ length: 5 }, connect))
      const answers = await Promise.all(
        clients.map(async (socket, i) => [
          await ask(socket, `good ${i}`),
          await ask(socket, `bad ${i}`),
        ]),
      )
      for (const answer of answers) assert.deepEqual(answer, ['message', 'error: refused'])
      const kept = (await titles(db)).toSorted()
      assert.deepEqual(kept, ['good 0', 'good 1', 'good 2', 'good 3', 'good 4'])
      assert.equal(ends.filter(({ name }) => name === 'message').length, 10)
      for (const socket of clients) socket.terminate()
      assert.equal(db.engine.status.inUse, 0)
      await db.dispose() // ends by force what is still open
      assert.deepEqual(
        ends.filter(({ outcome }) => outcome.aborted),
        [],
      )
    })

    it('finds no session outside of a scope, least of all that of the request that opened the socket', async (t) => {
      const { connect } = await start(t, adapter, (db) => (_text, send) => {
        try {
          send(db.session.inTransaction ? 'busy' : 'idle')
        } catch (error) {
          send((error as { code: string }).code)
        }
      })
      assert.equal(await ask(await connect(), 'hello'), 'NO_SCOPE')
    })

    it('that is under way when its client leaves comes to its end', async (t) => {
      const begun = Promise.withResolvers<void>()
      const gone = Promise.withResolvers<void>()
      const { db, connect } = await start(t, adapter, (own) => (text, send) => {
        void own.run(
          async ({ session }) => {
            begun.resolve()
            await gone.promise
            session.add(new Post({ title: text }))
            send('to nobody')
          },
          { commit: 'onSuccess' },
        )
      })
      const socket = await connect()
      socket.send('kept')
      await begun.promise
      socket.terminate()
      gone.resolve()
      await eventually(async () => (await titles(db)).includes('kept'))
      assert.equal(db.engine.status.inUse, 0)
    })
  })
}
