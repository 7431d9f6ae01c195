// npm run bench -- network [--rounds N] [--ms N] [--json FILE]: CPU and time of a unit of work on a server, beside its driver used by hand.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { MariaDb, Postgres } from '../../test/servers/index.ts'
import { openAthanor } from './athanor.ts'
import { openMariadbDriver } from './mariadb-driver.ts'
import { ITEMS, newOrder, TABLES, type NetworkPeer } from './peer.ts'
import { openPostgresDriver } from './postgres-driver.ts'

const SERVERS = [
  { kind: Postgres, openDriver: openPostgresDriver },
  { kind: MariaDb, openDriver: openMariadbDriver },
] as const

interface Unit {
  readonly title: string
  readonly run: (peer: NetworkPeer, n: number) => Promise<unknown>
}

const UNITS: readonly Unit[] = [
  { title: 'get by key', run: (peer, n) => peer.get(1 + (n % ITEMS)) },
  { title: 'get, modify, commit', run: (peer, n) => peer.modify(1 + (n % ITEMS), n) },
  { title: 'insert 1 + 100', run: (peer) => peer.insert(newOrder()) },
]

/** Microseconds for one unit: of this process's CPU, and on the clock. */
export interface NetworkTiming {
  readonly cpuUs: number
  readonly wallUs: number
}

export interface NetworkOptions {
  readonly rounds: number
  readonly ms: number
  readonly json: string | undefined
}

/** Prints a table of ratios: the best of interleaved rounds. */
export async function benchNetwork(options: NetworkOptions): Promise<void> {
  const results: Record<string, Record<string, NetworkTiming>> = {}
  for (const { kind, openDriver } of SERVERS) {
    if (kind.missing !== undefined) {
      print(`${kind.name} is left out: ${kind.missing}`)
      continue
    }
    await using server = await kind.start()
    await fill(server)
    const peers = [await openDriver(server.url()), openAthanor(server.url())]
    assert.deepEqual(await peers[1]?.get(7), await peers[0]?.get(7))
    print(
      `\n| ${kind.name} | ${peers.map(({ name }) => `${name}: CPU, wall`).join(' | ')} | ratio of CPU, of wall |`,
    )
    print('|---|---|---|---|')
    for (const unit of UNITS) {
      const timings = await measure(unit, peers, options)
      results[`${kind.name}: ${unit.title}`] = Object.fromEntries(timings)
      const [hand, own] = [...timings.values()]
      if (hand === undefined || own === undefined) continue
      const cells = [hand, own].map(
        ({ cpuUs, wallUs }) => `${cpuUs.toFixed(0)} us, ${wallUs.toFixed(0)} us`,
      )
      print(
        `| ${unit.title} | ${cells.join(' | ')} | ${(own.cpuUs / hand.cpuUs).toFixed(2)}, ${(own.wallUs / hand.wallUs).toFixed(2)} |`,
      )
    }
    for (const peer of peers) await peer.close()
  }
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`)
}

async function fill(server: Postgres | MariaDb): Promise<void> {
  const database = new URL(server.url()).pathname.slice(1)
  for (const sql of TABLES) await server.sql(sql, database)
  const rows = Array.from(
    { length: ITEMS },
    (_, n) => `(${n + 1}, 'Title ${n}', '${'x'.repeat(200)}', 0)`,
  )
  await server.sql(`insert into item (id, title, body, views) values ${rows.join(', ')}`, database)
}

async function measure(
  unit: Unit,
  peers: readonly NetworkPeer[],
  { rounds, ms }: NetworkOptions,
): Promise<Map<string, NetworkTiming>> {
  const best = new Map<string, NetworkTiming>()
  const WARM_UP = -1
  for (let round = WARM_UP; round < rounds; round += 1) {
    for (const peer of peers) {
      globalThis.gc?.()
      const timing = await runFor(round === WARM_UP ? ms * 4 : ms, (n) => unit.run(peer, n))
      const before = best.get(peer.name) ?? { cpuUs: Infinity, wallUs: Infinity }
      if (round !== WARM_UP)
        best.set(peer.name, {
          cpuUs: Math.min(before.cpuUs, timing.cpuUs),
          wallUs: Math.min(before.wallUs, timing.wallUs),
        })
    }
  }
  return best
}

async function runFor(ms: number, run: (n: number) => Promise<unknown>): Promise<NetworkTiming> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  let count = 0
  while (performance.now() - start < ms) await run(count++)
  const { user, system } = process.cpuUsage(cpu)
  return {
    cpuUs: (user + system) / count,
    wallUs: ((performance.now() - start) * 1000) / count,
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
