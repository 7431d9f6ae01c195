// Run by crashes.test.ts: a program without listeners, with an idle connection, one in a transaction, and one whose statement runs. Its argument is a URL.
import { setTimeout as sleep } from 'node:timers/promises'
import { Database, id, Model } from 'athanor'

class Note extends Model({ id: id() }) {}

const url = process.argv[2] ?? ''
const db = new Database({ url, models: { Note }, engineOptions: { reconnectWindowMs: 100 } })
const slow = url.startsWith('postgres') ? 'select pg_sleep(20)' : 'select sleep(20)'
const outcomes: string[] = []
const note = (error: { code?: unknown }): void => void outcomes.push(String(error.code))

await db.createAll()
const [held, busy, idle] = [
  await db.engine.connect(),
  await db.engine.connect(),
  await db.engine.connect(),
]
const command = (sql: string): { sql: string; parameters: [] } => ({ sql, parameters: [] })
for (const connection of [held, busy]) {
  await connection.begin()
  await connection.execute(command('select 1'))
}
await idle.execute(command('select 1'))
idle.close()
const running = Promise.resolve(busy.execute(command(slow))).catch(note)
process.stdout.write('ready\n')
await running // until the server is gone
await sleep(100)
await Promise.resolve(held.execute(command('select 1'))).catch(note)
held.close()
busy.close()
await db.dispose({ deadlineMs: 100 })
process.stdout.write(`survived ${outcomes.join()}\n`)
