import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { id, Model, varchar } from 'athanor'
import { athanor } from 'athanor/node'
import { eventually } from '../support/eventually.ts'
import { openProxied, serverDatabases } from './support.ts'

class Note extends Model({ id: id(), body: varchar(80) }) {}

for (const database of serverDatabases()) {
  describe(`a reply on ${database.name}`, () => {
    // settled H32
    it('does not wait for the ROLLBACK of what nobody committed', async (t) => {
      const { db, proxy, sent } = await openProxied(t, database, { models: { Note } })
      const server = createServer(
        athanor(db)(async (_request, response) => {
          db.session.add(new Note({ body: 'lost' }))
          await db.session.flush()
          proxy.latencyMs = 3_600_000
          response.end('ready')
        }),
      ).listen(0)
      t.after(() => server.close())
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      const reply = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })
      assert.equal(await reply.text(), 'ready')
      assert.equal(sent.kinds().includes('rollback'), false, 'its answer is an hour away')
      assert.equal(db.engine.status.inUse, 1)
      proxy.latencyMs = 0
      proxy.cut()
      await eventually(() => db.engine.status.inUse === 0)
    })
  })
}
