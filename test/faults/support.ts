import type { TestContext } from 'node:test'
import { Database, type ModelMap } from 'athanor'
import { FaultProxy, type FaultProxyOptions } from 'athanor/testing'
import { databases, type DatabaseKind } from '../support/databases.ts'
import { Sent } from '../support/sent.ts'

/** The databases that are reached over a network. */
export function serverDatabases(): readonly DatabaseKind[] {
  return databases().filter(({ facts }) => facts.isServer)
}

/** A database of the test's own behind a proxy. */
export interface ProxiedDatabase {
  readonly proxy: FaultProxy
  /** Of the server itself. */
  readonly url: string
  readonly db: Database
  readonly sent: Sent
}

/** Makes the tables, and counts from there. All of it is closed when the test ends. */
export async function openProxied(
  t: TestContext,
  database: DatabaseKind,
  { models, proxy: proxyOptions, ...options }: ProxiedOptions,
): Promise<ProxiedDatabase> {
  const { url, release } = await database.lend()
  const proxy = await FaultProxy.start({ port: Number(new URL(url).port) }, proxyOptions)
  const db = new Database<ModelMap>({ url: proxy.url(url), models, ...options })
  t.after(async () => {
    await db.dispose({ deadlineMs: 100 })
    await proxy.close()
    await release()
  })
  await db.createAll()
  const sent = new Sent(db.engine)
  proxy.resetTraffic()
  return { proxy, url, db, sent }
}

interface ProxiedOptions {
  readonly models: ModelMap
  readonly proxy?: FaultProxyOptions
  readonly engineOptions?: object
  readonly trackModifications?: boolean
}
