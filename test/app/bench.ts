import { Database, Model, id, varchar } from 'athanor'
class Post extends Model({ id: id(), title: varchar(200) }) {}
const db = new Database({ url: 'sqlite:/tmp/c-bench.db', models: { Post }, diagnostics: false })
async function time(name: string, fn: () => unknown, n = 20000) {
  for (let i = 0; i < n / 4; i++) await fn()
  let best = Infinity
  for (let r = 0; r < 7; r++) { const t = performance.now(); for (let i = 0; i < n; i++) await fn(); best = Math.min(best, (performance.now() - t) / n) }
  console.log(name.padEnd(40), (best * 1000).toFixed(2), 'us')
}
let k = 0
await time('db.run empty', () => db.run(() => 1))
await time('db.run session only', () => db.run(() => { db.session }))
await time('db.run get', () => db.run(() => db.session.get(Post, k++ % 100 + 1)))
await time('createSession+close', async () => { const s = db.createSession(); await s.close() })
