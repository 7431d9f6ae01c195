import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import type { Adapter } from './adapter.ts'
import { start, store } from './running.ts'

/** The end of the application. */
export function endings(adapter: Adapter): void {
  describe(`${adapter.name}: a graceful shutdown`, () => {
    it('answers and stores what is under way, then closes the engines, and takes nothing new', async (t) => {
      const agent = new Agent({ keepAlive: true })
      t.after(() => agent.destroy())
      const arrived = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const order: string[] = []
      const running = await start(t, adapter, ({ db }) => async ({ title }) => {
        store(db, title)
        await db.session.flush()
        arrived.resolve()
        await goOn.promise
        store(db, `${title} again`)
        return { answer: { kind: 'json', status: 201, body: { ok: true } } }
      })
      const { db } = running
      db.on('teardown', () => void order.push('scope closed'))
      const answered = once(running.open('late', { agent }), 'response')
      await arrived.promise
      const closed = running.close().then(() => order.push('closed'))
      goOn.resolve()
      const [response] = (await answered) as [IncomingMessage]
      assert.deepEqual([response.statusCode, await text(response)], [201, '{"ok":true}'])
      agent.destroy()
      await closed
      assert.deepEqual(order, ['scope closed', 'closed'])
      assert.equal(running.commits(), 1)
      assert.equal(db.engine.status.inUse, 0)
      await assert.rejects(
        db.run(() => 1),
        { code: 'ILLEGAL_STATE' },
      )
      const refused = running.open('new')
      await assert.rejects(once(refused, 'response'), { code: 'ECONNREFUSED' })
    })
  })
}
