import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ConfigurationError, Database } from 'athanor'
import { models, Post, temporaryFile, titles } from './support.ts'

const code =
  (expected: string) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof ConfigurationError)
    assert.equal(error.code, expected)
    return true
  }
const store = (db: Database<typeof models>, title: string, app?: object): Promise<unknown> =>
  db.run(() => db.session.add(new Post({ title })), {
    commit: 'onSuccess',
    ...(app === undefined ? {} : { app }),
  })

describe('the applications of a Database', () => {
  // web 1
  // seed 1
  it('are none of its business when it has a URL; initApp later gives the same', async (t) => {
    const url = `sqlite:${temporaryFile(t)}`
    await using ready = new Database({ url, models })
    assert.equal(ready.engine.status.opened, 0, 'nothing is connected by the constructor')
    await ready.createAll()
    await store(ready, 'at once')

    await using late = new Database({ models })
    assert.throws(() => late.engine, code('ENGINE_NOT_CONFIGURED'))
    await assert.rejects(store(late, 'too early'), code('ENGINE_NOT_CONFIGURED'))
    late.initApp({}, { url })
    assert.deepEqual(await titles(late), ['at once'])
  })

  // web 2
  it('get their engines by initApp, which connects nothing and keeps nothing of the object', async () => {
    await using db = new Database({ models })
    const config = { url: 'sqlite::memory:' }
    db.initApp({}, config)
    config.url = 'sqlite:elsewhere.db'
    assert.equal(db.engine.status.opened, 0)
    await db.createAll()
    await store(db, 'one')
    assert.deepEqual(await titles(db), ['one'])
  })

  // web 3
  it('are initialized once, whichever Database tries again', async () => {
    await using db = new Database({ url: 'sqlite::memory:', models })
    await using other = new Database({ url: 'sqlite::memory:', models })
    const app = {}
    db.initApp(app)
    for (const again of [db, other]) {
      assert.throws(
        () => again.initApp(app),
        (error: unknown) =>
          code('ALREADY_INITIALIZED')(error) &&
          /import that instance/.test((error as Error).message),
      )
    }
  })

  // web 4
  it('have each their engines, and share models', async () => {
    await using db = new Database({ models })
    const [first, second] = [{}, () => {}]
    db.initApp(first, { url: 'sqlite::memory:' })
    db.initApp(second, { url: 'sqlite::memory:' })
    await db.run(() => db.createAll(), { app: first })
    await db.run(() => db.createAll(), { app: second })
    await store(db, 'of the first', first)
    await db.run(
      async (outer) => {
        const { session } = db
        assert.equal(outer.app, first)
        await db.run(
          async (inner) => {
            assert.equal(inner.app, second)
            assert.notEqual(db.session, session)
            assert.equal(await db.select(Post).count(), 0)
          },
          { app: second },
        )
        assert.equal(db.session, session)
        assert.equal(await db.select(Post).count(), 1)
        assert.equal(
          await db.run(() => db.select(Post).count()),
          1,
          'an inner scope is of the same application',
        )
      },
      { app: first },
    )
  })

  // web 5
  it('must be known', async () => {
    await using db = new Database({ url: 'sqlite::memory:', models })
    await using other = new Database({ url: 'sqlite::memory:', models })
    const foreign = {}
    other.initApp(foreign)
    await assert.rejects(
      store(db, 'x', {}),
      (error: unknown) =>
        code('APP_NOT_REGISTERED')(error) && /never called/.test((error as Error).message),
    )
    await assert.rejects(
      store(db, 'x', foreign),
      (error: unknown) =>
        code('APP_NOT_REGISTERED')(error) && /another Database/.test((error as Error).message),
    )
  })

  // web 6
  // web 25
  it('need not be named while there is one, and are listed when there are two', async () => {
    await using db = new Database({ models })
    const app = {}
    db.initApp(app, { url: 'sqlite::memory:', name: 'public' })
    assert.equal(await db.run((scope) => scope.app), app)
    db.initApp({}, { url: 'sqlite::memory:', name: 'admin' })
    for (const use of [() => db.engine, () => db.openScope()]) {
      assert.throws(
        use,
        (error: unknown) =>
          code('APP_NOT_REGISTERED')(error) && /"public", "admin"/.test((error as Error).message),
      )
    }
  })

  it('of a framework may be an instance that inherits from the registered one', async () => {
    await using db = new Database({ url: 'sqlite::memory:', models })
    const root = {}
    db.initApp(root)
    const plugin = Object.create(root) as object
    assert.equal(await db.run((scope) => scope.app, { app: plugin }), plugin)
  })

  // settled M23
  it('dispose of the Database when the last one closes, or when told to', async () => {
    await using db = new Database({ url: 'sqlite::memory:', models })
    const [first, second, third] = [{}, {}, {}]
    for (const app of [first, second, third]) db.initApp(app)
    await db.detach(first)
    assert.equal(await db.run(() => 1), 1, 'two others use it')
    await db.detach(second, { dispose: true })
    await assert.rejects(
      db.run(() => 1),
      { code: 'ILLEGAL_STATE' },
    )
    await using shared = new Database({ url: 'sqlite::memory:', models })
    shared.initApp(first)
    await shared.detach(first, { dispose: false })
    assert.equal(await shared.run(() => 1), 1)
    shared.initApp(first)
    await shared.detach(first)
    await assert.rejects(
      shared.run(() => 1),
      { code: 'ILLEGAL_STATE' },
    )
  })

  it('with engines of their own close them when they close', async () => {
    const db = new Database({ models })
    const [first, second] = [{}, {}]
    db.initApp(first, { url: 'sqlite::memory:' })
    db.initApp(second, { url: 'sqlite::memory:' })
    const engineOf = (app: object) => db.run(() => db.engine, { app })
    const [closed, open] = [await engineOf(first), await engineOf(second)]
    await db.detach(first)
    await assert.rejects(closed.ping(), { code: 'POOL_CLOSED' })
    await open.ping()
    assert.equal(await db.run((scope) => scope.app), second)
    await db.dispose()
    await assert.rejects(open.ping(), { code: 'POOL_CLOSED' })
  })
})
