import Fastify from 'fastify'
import { Database, Model, id, varchar, Scope, Session } from 'athanor'
import { athanor } from 'athanor/fastify'
import { queryObjects } from 'node:v8'
class Post extends Model({ id: id(), title: varchar(200) }) {}
const db = new Database({ url: 'sqlite:/tmp/c-bench.db', models: { Post }, diagnostics: false })
const count = () => ({ scopes: queryObjects(Scope), sessions: queryObjects(Session), posts: queryObjects(Post), promises: queryObjects(Promise), arrays: queryObjects(Array), maps: queryObjects(Map) })
async function loop(name: string, fn: () => Promise<unknown>) {
  for (let i = 0; i < 200; i++) await fn()
  globalThis.gc?.(); const h = process.memoryUsage().heapUsed
  for (let i = 0; i < 5000; i++) await fn()
  globalThis.gc?.(); console.log(name, ((process.memoryUsage().heapUsed - h) / 5000).toFixed(0), 'bytes each', count())
}
await loop('db.run', () => db.run(() => 1))
await loop('db.run session', () => db.run(() => db.session))
await loop('db.run get', () => db.run(() => db.session.get(Post, 1)))
const own = Fastify()
await own.register(athanor, { db })
own.get('/', async () => ({ a: 1 }))
own.get('/s', async () => { db.session; return 1 })
own.get('/:id', async (r) => db.getOr404(Post, 1))
await loop('inject', () => own.inject('/'))
await loop('inject session', () => own.inject('/s'))
await loop('inject get', () => own.inject('/7'))
const plain = Fastify()
plain.get('/', async () => ({ a: 1 }))
await loop('inject plain', () => plain.inject('/'))
process.exit()
