// npm run bench [-- WORKLOAD …] [--rounds N] [--ms N] [--json FILE]; `network` is the workloads on servers.
// A name that is no workload selects those that begin with it: `npm run bench -- types`.
import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seed } from './data.ts'
import { measure, type Timing } from './measure.ts'
import { benchNetwork } from './network/main.ts'
import { openAthanor } from './peers/athanor.ts'
import { openNodeSqlite, openRaw } from './peers/hand-written.ts'
import { openKysely } from './peers/kysely.ts'
import type { Peer } from './peers/peer.ts'
import { WORKLOADS, type Workload } from './workloads.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '25' },
    ms: { type: 'string', default: '20' },
  },
})

const OPEN: readonly ((file: string) => Peer)[] = [openRaw, openNodeSqlite, openKysely, openAthanor]

function selected(names: readonly string[]): readonly Workload[] {
  if (names.length === 0) return WORKLOADS
  return names.flatMap((name) => {
    const exact = WORKLOADS.filter((workload) => workload.name === name)
    const found =
      exact.length > 0 ? exact : WORKLOADS.filter((workload) => workload.name.startsWith(name))
    if (found.length === 0)
      throw new Error(
        `No workload "${name}"; there are ${WORKLOADS.map((each) => each.name).join(', ')}`,
      )
    return found
  })
}

/** Every peer answers and stores the same, before anything is timed. */
async function compare(workloads: readonly Workload[], peers: readonly Peer[]): Promise<void> {
  const [reference, ...others] = peers
  assert.ok(reference)
  for (const workload of workloads) {
    const expected = await workload.observe(reference)
    for (const peer of others) {
      assert.deepEqual(
        await workload.observe(peer),
        expected,
        `${workload.name}: ${peer.name} differs from ${reference.name}`,
      )
    }
    for (const peer of peers) await peer.reset()
  }
}

const format = (us: number): string => (us < 100 ? us.toPrecision(3) : us.toFixed(0))

function line(workload: Workload, timings: ReadonlyMap<string, Timing>): string {
  const base = timings.get('raw')
  const cells = [...timings].map(([, { bestUs, medianUs }]) =>
    base === undefined
      ? ''
      : `${format(bestUs)} us (${(bestUs / base.bestUs).toFixed(2)}, ${(medianUs / base.medianUs).toFixed(2)})`,
  )
  return `| ${workload.name}. ${workload.title} | ${cells.join(' | ')} |`
}

const isNetwork = positionals.length === 1 && positionals[0] === 'network'
const folder = mkdtempSync(join(tmpdir(), 'athanor-bench-'))
const peers: Peer[] = []
if (isNetwork)
  await benchNetwork({
    rounds: Number(values.rounds),
    ms: Number(values.ms) * 5,
    json: values.json,
  })
else await benchEmbedded()

async function benchEmbedded(): Promise<void> {
  try {
    const workloads = selected(positionals)
    seed(join(folder, 'seed.db'))
    for (const [index, open] of OPEN.entries()) {
      const file = join(folder, `${index}.db`)
      copyFileSync(join(folder, 'seed.db'), file)
      peers.push(open(file))
    }
    await compare(workloads, peers)
    print(
      `SQLite file, WAL, synchronous=OFF, Node ${process.versions.node}; best of ${values.rounds} interleaved rounds of ${values.ms} ms (ratio to raw of the best, of the median)`,
    )
    print(`| workload | ${peers.map((peer) => peer.name).join(' | ')} |`)
    print(`|---|${'---|'.repeat(peers.length)}`)
    const results: Record<string, Record<string, Timing>> = {}
    for (const workload of workloads) {
      const timings = await measure(workload, peers, {
        rounds: Number(values.rounds),
        roundMs: Number(values.ms),
      })
      results[workload.name] = Object.fromEntries(timings)
      print(line(workload, timings))
    }
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`)
  } finally {
    for (const peer of peers) await peer.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
