import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Database, int, Model } from 'athanor'
import { FaultProxy } from 'athanor/testing'
import { Galera, needs } from '../servers/index.ts'

class Account extends Model({ id: int().primaryKey(), total: int() }) {}
const models = { Account }
const ACCOUNTS = 3
const WORKERS = 4

/** Workers on every node add to the same few accounts. */
async function addEverywhere(
  databases: readonly Database<typeof models>[],
  units: number,
): Promise<{ readonly runs: number; readonly added: number }> {
  let [runs, added] = [0, 0]
  const worker = async (db: Database<typeof models>, start: number): Promise<void> => {
    for (let unit = 0; unit < units; unit += 1) {
      const id = 1 + ((start + unit) % ACCOUNTS)
      await db.run(() =>
        db.transaction(
          async (session) => {
            runs += 1
            const account = await session.select(Account).where({ id }).forUpdate().one()
            account.total += 1
          },
          { retry: 100 },
        ),
      )
      added += 1
    }
  }
  await Promise.all(
    databases.flatMap((db) => Array.from({ length: WORKERS }, (_, start) => worker(db, start))),
  )
  return { runs, added }
}

describe('an application on a Galera cluster', needs(Galera), () => {
  let cluster: Galera
  let databases: readonly Database<typeof models>[]

  before(async () => {
    cluster = await Galera.start()
    await cluster.nodes[0]?.sql('create database d')
    databases = cluster.nodes.map(
      (node) =>
        new Database({
          url: node.url('d'),
          models,
          engineOptions: { pool: { size: WORKERS } },
        }),
    )
    await databases[0]?.createAll()
    await databases[0]?.run(({ session }) => {
      for (let id = 1; id <= ACCOUNTS; id += 1) session.add(new Account({ id, total: 0 }))
      return session.commit()
    })
  })
  after(async () => {
    await Promise.all(databases.map((db) => db.dispose({ deadlineMs: 500 })))
    await cluster.dispose()
  })

  const total = async (): Promise<number> => {
    const rows = await cluster.nodes[0]?.sql('select sum(total) as total from d.account')
    return Number(rows?.[0]?.['total'])
  }

  it('runs units of work again that clash with those of other nodes, and the sums are right', async (t) => {
    const { runs, added } = await addEverywhere(databases, 10)
    assert.equal(added, ACCOUNTS * WORKERS * 10)
    assert.equal(await total(), added)
    assert.ok(runs > added, 'nothing clashed')
    t.diagnostic(`${added} units in ${runs} runs`)
  })

  it('loses a node at the cost of retries only', async () => {
    const [first, , third] = cluster.nodes
    if (first === undefined || third === undefined) throw new Error('a cluster has three nodes')
    await using proxy = await FaultProxy.start({ port: third.port })
    await using db = new Database({
      url: proxy.url(third.url('d')),
      models,
      engineOptions: { pool: { size: WORKERS } },
    })
    const sum = await total()
    const work = addEverywhere([db], 10)
    await third.kill9()
    proxy.retarget({ port: first.port })
    const { added } = await work
    assert.equal(await total(), sum + added)
  })
})
