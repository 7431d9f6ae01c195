import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import Fastify from 'fastify'
import { ConfigurationError, Database, OperationalError, type ModelMap } from 'athanor'
import { athanor } from 'athanor/fastify'
import { Account, isPostgres, models, servers } from './server-support.ts'

/** A program that uses a Database at `url`, disposes of it, and has nothing else to do. */
const programOf = (url: string): string => `
  import { Database, Model, id } from 'athanor'
  class Thing extends Model({ id: id() }) {}
  const db = new Database({ url: ${JSON.stringify(url)}, models: { Thing } })
  await db.createAll()
  await db.run(({ session }) => session.add(new Thing({})), { commit: 'onSuccess' })
  await Promise.all([1, 2, 3].map(() => db.run(({ session }) => session.select(Thing).all())))
  await db.dropAll()
  const idle = db.engine.status.idle
  await db.dispose()
  process.on('exit', () => console.log('ended', idle))`

for (const database of servers()) {
  describe(`connections to a server, ${database.name}`, () => {
    // seed 24
    // session 6.13
    it('come back after each read, and at commit and rollback after a write', async (t) => {
      const { db } = await database.open(t, models)
      const inUse = (): number => db.engine.status.inUse
      const { opened } = db.engine.status
      await db.run(async ({ session }) => {
        await session.select(Account).all()
        assert.equal(inUse(), 0, 'after a read that was leased')
        session.add(new Account({}))
        assert.equal(inUse(), 0, 'before anything is sent')
        await session.flush()
        await session.select(Account).all()
        assert.equal(inUse(), 1, 'in a transaction')
        await session.commit()
        assert.equal(inUse(), 0, 'after commit')
        session.add(new Account({}))
        await session.flush()
        await session.rollback()
        assert.equal(inUse(), 0, 'after rollback')
        session.add(new Account({}))
        await session.flush()
        assert.equal(inUse(), 1)
      })
      assert.equal(inUse(), 0, 'at the end of the scope')
      const session = db.createSession()
      session.add(new Account({}))
      await session.flush()
      await session.close()
      assert.deepEqual([inUse(), db.engine.status.opened], [0, opened], 'and sockets stay open')
    })

    // session 6.17
    it('are opened for each use and closed after it with pool.size 0', async (t) => {
      const engineOptions = { pool: { size: 0, maxOverflow: Infinity } }
      const { db } = await database.open(t, models, { engineOptions })
      const { opened, checkouts } = db.engine.status
      await db.run(({ session }) => session.add(new Account({})), { commit: 'onSuccess' })
      assert.equal(await db.run(({ session }) => session.select(Account).count()), 1)
      const { status } = db.engine
      assert.equal(status.opened - opened, 2)
      assert.equal(status.checkouts - checkouts, 2)
      assert.deepEqual([status.idle, status.inUse, status.overflow], [0, 0, 0])
    })

    // session 6.26
    it('are replaced when they are next taken after engine.recycle(), those in use after their work', async (t) => {
      const { db } = await database.open(t, models)
      const { engine } = db
      const [held, idle] = [await engine.connect(), await engine.connect()]
      idle.close()
      const before = engine.status
      engine.recycle()
      assert.deepEqual([engine.status.idle, engine.status.inUse], [before.idle, before.inUse])
      await held.execute({ sql: 'select 1', parameters: [] })
      held.close()
      assert.equal(engine.status.opened, before.opened)
      const both = [await engine.connect(), await engine.connect()]
      assert.equal(engine.status.opened, before.opened + 2)
      assert.deepEqual([held.isOpen, idle.isOpen], [false, false])
      engine.recycle(both[0])
      for (const connection of both) connection.close()
      for (const connection of [await engine.connect(), await engine.connect()]) connection.close()
      assert.equal(engine.status.opened, before.opened + 3)
    })

    // session 2.5
    it('come back before the first byte of a response leaves', async (t) => {
      const { db } = await database.open(t, models)
      const app = Fastify()
      t.after(() => app.close())
      await app.register(athanor, { db, commit: 'onSuccess' })
      app.post('/accounts', async (_request, reply) => {
        db.session.add(new Account({}))
        await db.session.flush()
        assert.equal(db.engine.status.inUse, 1)
        return reply.status(201).send({})
      })
      app.get('/accounts', async () => db.select(Account).count())
      await app.listen({ port: 0, host: '127.0.0.1' })
      const { port } = app.server.address() as AddressInfo
      for (const [method, status] of [
        ['POST', 201],
        ['GET', 200],
      ] as const) {
        const request = get({ port, host: '127.0.0.1', path: '/accounts', method })
        const [response] = (await once(request, 'response')) as [IncomingMessage]
        assert.equal(response.statusCode, status)
        assert.equal(db.engine.status.inUse, 0)
        response.resume()
        await once(response, 'end')
      }
      assert.equal(await db.run(() => db.select(Account).count()), 1)
    })

    // seed 5
    it('are all new after engine.dispose(), and the engine goes on', async (t) => {
      const { db } = await database.open(t, models)
      await db.engine.ping()
      const { opened } = db.engine.status
      await db.engine.dispose()
      assert.deepEqual([db.engine.status.idle, db.engine.status.inUse], [0, 0])
      assert.equal(await db.run(() => db.select(Account).count()), 0)
      assert.equal(db.engine.status.opened, opened + 1)
    })

    // seed 5
    it('let the process end by itself after db.dispose()', async () => {
      const { url, release } = await database.lend()
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--conditions=athanor-source', '--input-type=module-typescript', '-e', programOf(url)],
        { timeout: 30_000 },
      )
      assert.match(stdout, /^ended [1-3]\n$/)
      await release()
    })

    // web 23
    // session 6.35
    it('that cannot be had are told by ping() for each engine, with where, why and no password', async (t) => {
      const { db, url } = await database.open(t, models)
      const missing = new URL(url)
      missing.pathname = '/not_there'
      const closed = new URL(url)
      closed.password = 's3cret'
      closed.port = '1'
      const several = new Database<ModelMap>({
        url,
        engines: { missing: missing.href, closed: closed.href },
        engineOptions: { reconnectWindowMs: 100 },
        models: {},
      })
      t.after(() => several.dispose())
      const { default: fine, missing: unknown, closed: away } = await several.ping()
      assert.equal(fine, 'ok')
      assert.ok(unknown instanceof ConfigurationError && away instanceof OperationalError)
      assert.deepEqual([unknown.code, away.code], ['DATABASE_NOT_FOUND', 'CANNOT_OPEN'])
      for (const error of [unknown, away]) assert.doesNotMatch(error.message, /s3cret/)
      assert.match(
        unknown.message,
        /^Cannot connect engine "missing" to .*\/not_there as ".*": .*not_there/,
      )
      assert.match(away.message, /^Cannot connect engine "closed" to .*:1\/.*tried \d+ times since/)
      assert.equal(away.retryable, true)
      assert.equal(db.engine.status.inUse, 0)
    })

    // seed 22
    it(
      'are replaced before the server closes them, by the limit that the server tells',
      { ...database.needs('limit for silent connections', !isPostgres(database)) },
      async (t) => {
        const { db, session } = await database.open(t, models)
        const [row] = await session().sql`select @@wait_timeout as seconds`.all()
        const { seconds } = row as { readonly seconds: number }
        const described = db.engine.describeOptions().find(({ name }) => name === 'pool.recycleMs')
        assert.deepEqual(described, {
          name: 'pool.recycleMs',
          value: seconds * 900,
          origin: 'server',
        })
      },
    )
  })
}
