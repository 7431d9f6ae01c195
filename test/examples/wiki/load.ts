/**
 * Sends 10,000 requests to a running wiki: reading, searching, writing, conflicts, bad forms, and clients that go away in the middle.
 * Afterwards no connection may be in use, the heap may not have grown by more than 2 MB, and no rejection may have gone unhandled.
 *
 * node --expose-gc --conditions=athanor-source test/examples/wiki/load.ts [requests]
 *
 * WIKI_DATABASE_URL names an empty database to do it on; default: an SQLite file that is deleted afterwards.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { buildApp } from '../../../examples/wiki/app.ts'
import { ADMIN_NAME } from '../../../examples/wiki/services/set-up.ts'
import type { LoadReport, LoadTask } from './load-client.ts'

const REQUESTS = Number(process.argv[2] ?? 10_000)
const WARM_UP = 2_000
const MOST_GROWTH = 2 * 2 ** 20
const PASSWORD = 'load test only'

const collect = globalThis.gc
if (collect === undefined)
  throw new Error('Start this with --expose-gc: without it the heap says nothing.')

const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

const folder = await mkdtemp(join(tmpdir(), 'athanor-load-'))
const content = join(import.meta.dirname, '../../../examples/wiki/content')
const app = await buildApp({
  url: process.env['WIKI_DATABASE_URL'] ?? `sqlite:${join(folder, 'wiki.db')}`,
  adminPassword: PASSWORD,
  seeds: [{ folder: content }],
  keepRevisions: 5,
})
const address = await app.listen({ host: '127.0.0.1', port: 0 })

try {
  await load(WARM_UP)
  const before = await heapUsed()
  const started = performance.now()
  const report = await load(REQUESTS)
  const seconds = (performance.now() - started) / 1000
  const after = await heapUsed()
  const inUse = [...app.wiki.db.engines.values()].map((engine) => engine.status.inUse)

  say(`${REQUESTS} requests in ${seconds.toFixed(1)} s: ${JSON.stringify(report)}`)
  say(
    `heap ${megabytes(before)} MB before, ${megabytes(after)} MB after; connections in use: ${inUse.join(', ')}; unhandled rejections: ${unhandled.length}`,
  )
  const faults = [
    ...(inUse.some((count) => count > 0) ? ['a connection is still in use'] : []),
    ...(after - before > MOST_GROWTH ? [`the heap grew by ${megabytes(after - before)} MB`] : []),
    ...(unhandled.length > 0 ? [`unhandled: ${String(unhandled[0])}`] : []),
    ...((report.statuses['500'] ?? 0) > 0 ? ['some answers were 500'] : []),
    ...(report.aborted === 0 ||
    (report.statuses['303'] ?? 0) === 0 ||
    (report.statuses['409'] ?? 0) === 0
      ? ['the mixture was not mixed']
      : []),
  ]
  for (const fault of faults) say(`FAILED: ${fault}`)
  process.exitCode = faults.length === 0 ? 0 : 1
} finally {
  await app.close()
  await rm(folder, { recursive: true, force: true })
}

/** The clients live in a thread of their own: their garbage is not the wiki's. */
async function load(requests: number): Promise<LoadReport> {
  const task: LoadTask = { address, requests, name: ADMIN_NAME, password: PASSWORD }
  const worker = new Worker(new URL('./load-client.ts', import.meta.url), { workerData: task })
  return new Promise((resolve, reject) => {
    worker.once('message', (report: LoadReport) => resolve(report))
    worker.once('error', reject)
  })
}

/** The least of three samples, each after a full collection and a pause in which closed sockets are let go. */
async function heapUsed(): Promise<number> {
  const samples: number[] = []
  for (let n = 0; n < 3; n++) {
    await wait(200)
    collect?.()
    samples.push(process.memoryUsage().heapUsed)
  }
  return Math.min(...samples)
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(2)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
