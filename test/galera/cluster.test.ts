import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Galera, needs } from '../servers/index.ts'

describe('a private Galera cluster', needs(Galera), () => {
  let cluster: Galera

  before(async () => {
    cluster = await Galera.start()
  })
  after(() => cluster.dispose())

  it('has on every node what was committed on one', async () => {
    const [first, , third] = cluster.nodes
    await first?.sql('create database d; create table d.t (id int primary key)')
    await first?.sql('insert into d.t values (7)')
    assert.deepEqual(await third?.sql('set wsrep_sync_wait = 1; select id from d.t'), [{ id: 7 }])
  })

  it('goes on without a node, and takes it back', async () => {
    const [first, , third] = cluster.nodes
    await third?.kill9()
    await first?.sql('insert into d.t values (8)')
    await third?.start()
    assert.equal((await third?.sql('select id from d.t'))?.length, 2)
  })
})
