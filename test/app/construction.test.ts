import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as athanor from 'athanor'
import { id, Model, Session, timestamp, varchar, type Scope } from 'athanor'
import { blog, Tag } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { Database, models, open, Post, temporaryFile } from './support.ts'

/** A session of one's own. */
class CountingSession extends Session {
  commits = 0

  override commit(): Promise<void> {
    this.commits += 1
    return super.commit()
  }
}

/** A base of one's own for all models. */
abstract class Base extends Model({ id: id(), createdAt: timestamp().default(athanor.now) }) {
  get label(): string {
    return `${this.constructor.name} ${this.id}`
  }
}
class Document extends Base.extend({ title: varchar(80) }) {}

describe('what a Database is made with', () => {
  // web 8
  it('is a session class of one’s own, for scopes, forks and sessions without a scope', async (t) => {
    const url = `sqlite:${temporaryFile(t)}`
    await using db = new Database({ url, models, sessionClass: CountingSession })
    await db.createAll()
    await db.run(async (scope) => {
      db.session.add(new Post({ title: 'one' }))
      await db.session.commit()
      assert.equal(db.session.commits, 1)
      assert.equal(scope.session, db.session)
      assert.ok(scope.fork() instanceof CountingSession)
      await db.transaction((session) => assert.equal(session.commits, 1))
    })
    await using own = db.createSession()
    assert.equal(own.commits, 0)
    for (const sessionClass of [Map, {}, () => {}, null])
      assert.throws(() => new Database({ url, models, sessionClass: sessionClass as never }), {
        code: 'CONFIGURATION',
        message: /"sessionClass".*extends Session/,
      })
  })

  // web 8
  it('is a base class of one’s own for models, with columns and methods', async (t) => {
    const { db } = await open(t, { models: { Document } })
    const document = await db.run(() => db.session.add(new Document({ title: 'one' })), {
      commit: 'onSuccess',
    })
    assert.equal(document.label, 'Document 1')
    assert.ok(document instanceof Base)
    assert.ok(document.createdAt instanceof Date)
  })

  // web 8
  it('is how sessions behave, unless one says it for itself', async (t) => {
    const { db } = await open(t, { session: { autoflush: false, expireOnCommit: 'keep' } })
    await db.run(async () => {
      db.session.add(new Post({ title: 'pending' }))
      assert.equal(await db.select(Post).count(), 0, 'no autoflush')
    })
    await using own = db.createSession({ autoflush: true })
    own.add(new Post({ title: 'pending' }))
    assert.equal(await own.select(Post).count(), 1)
    assert.throws(
      () =>
        new Database({ url: 'sqlite::memory:', models, session: { autoFlush: false } as never }),
      { code: 'UNKNOWN_OPTION', message: /"autoFlush" of session.*"autoflush"/ },
    )
  })

  // web 8
  it('is a function that says which scope is meant: a new one at each call gives a session each', async (t) => {
    const opened: Scope[] = []
    let kept: Scope | undefined
    await using db = new Database({
      url: `sqlite:${temporaryFile(t)}`,
      models,
      currentScope: () => {
        if (kept !== undefined) return kept
        opened.push(db.openScope())
        return opened.at(-1)
      },
    })
    const [first, second] = [db.session, db.session]
    assert.notEqual(first, second)
    assert.deepEqual(
      opened.map((scope) => scope.session),
      [first, second],
    )
    kept = opened[0]
    assert.equal(db.session, first)
    assert.equal(db.scope, kept)
    await db.createAll()
    assert.equal(await Post.query().count(), 0)
    for (const scope of opened) await scope.close()
    assert.throws(() => db.session, { code: 'SCOPE_CLOSED' })
    assert.throws(() => new Database({ models, currentScope: 'here' as never }), {
      code: 'CONFIGURATION',
      message: /"currentScope"/,
    })
    await db.dispose()
    const other = await open(t)
    await other.db.run(async () =>
      assert.equal(await Post.query().count(), 0, 'a Database that is gone is not asked'),
    )
  })

  // web 9
  it('needs no aliases on the Database: everything has a name of its own in the module', async () => {
    const names = [
      'Model',
      'id',
      'int',
      'text',
      'varchar',
      'belongsTo',
      'hasMany',
      'count',
      'and',
      'sql',
    ]
    await using db = new Database({ url: 'sqlite::memory:', models })
    for (const name of names) {
      assert.equal(typeof Reflect.get(athanor, name), 'function', name)
      assert.equal(name in db, false, name)
    }
    for (const alias of ['Column', 'Integer', 'relationship', 'Table', 'func'])
      assert.equal(alias in db, false, alias)
    assert.equal('default' in athanor, false, 'named exports only')
  })

  // settled B12
  // settled B17
  it('has not what was left out: registries, parallel sessions by another name, and their options', async (t) => {
    const { db } = await open(t)
    for (const name of ['registry', 'defer', 'parallel', 'replay', 'resolveCommit', 'critical'])
      assert.equal(name in db, false, name)
    for (const option of ['metadata', 'registry', 'binds', 'pipelineCommit'])
      assert.throws(
        () => new Database({ url: 'sqlite::memory:', models, [option]: {} }),
        { code: 'UNKNOWN_OPTION' },
        option,
      )
  })

  // settled B11
  it('names its engines `engines`, and a model the one it lives on `bind`', async (t) => {
    class Entry extends Model({ id: id() }, { bind: 'audit' }) {}
    await using db = new Database({
      url: 'sqlite::memory:',
      engines: { audit: `sqlite:${temporaryFile(t)}` },
      models: { Entry },
    })
    assert.deepEqual([...db.engines.keys()], ['default', 'audit'])
    assert.deepEqual([...(db.metadatas.get('audit')?.tables.keys() ?? [])], ['entry'])
    assert.throws(
      () => new Database({ url: 'sqlite::memory:', models, SQLALCHEMY_BINDS: {} } as never),
      { code: 'UNKNOWN_OPTION', message: /"engines"/ },
    )
  })
})

for (const database of databases()) {
  describe(`what is disposed of on ${database.name}`, () => {
    // web 10
    it('rolls back and gives its connections back: transaction, session, scope, Database', async (t) => {
      const { db, sent } = await database.open(t, blog)
      const session = db.createSession()
      {
        await using begun = await session.begin()
        assert.ok(begun)
        session.add(new Tag({ name: 'lost' }))
        await session.flush()
      }
      assert.equal(session.isHoldingConnection, false)
      sent.clear()
      {
        await using begun = await session.begin()
        assert.ok(begun)
        session.add(new Tag({ name: 'kept' }))
        await session.commit()
        session.add(new Tag({ name: 'later' }))
        await session.flush()
      }
      assert.equal(session.isHoldingConnection, true, 'another transaction is none of its business')
      await session[Symbol.asyncDispose]()
      assert.equal(session.isClosed, true)
      {
        await using scope = db.openScope()
        scope.session.add(new Tag({ name: 'of a scope' }))
        await scope.session.flush()
      }
      assert.equal(db.engine.status.inUse, 0)
      assert.deepEqual(await db.run(() => db.select(Tag.c.name).all()), ['kept'])
      const { engine } = db
      await db[Symbol.asyncDispose]()
      await db.dispose()
      await assert.rejects(engine.ping(), { code: 'POOL_CLOSED' })
    })
  })
}
