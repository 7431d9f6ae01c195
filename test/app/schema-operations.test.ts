import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { belongsTo, Database, id, int, Model, text, varchar } from 'athanor'
import { Log, models, open, Post, temporaryFile } from './support.ts'

class Entry extends Model({ id: id(), what: text() }, { bind: 'audit' }) {}
const two = { ...models, Entry }

async function openTwo(t: Parameters<typeof temporaryFile>[0]) {
  const db = new Database({
    url: `sqlite:${temporaryFile(t)}`,
    engines: { audit: `sqlite:${temporaryFile(t)}` },
    logger: new Log(),
    models: two,
  })
  t.after(() => db.dispose())
  return db
}

const tables = (db: Database<typeof two>, engine = 'default'): Promise<string[]> =>
  db.run(async () => {
    const rows = await db.session.sql({ engine })<{
      name: string
    }>`select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name`.all()
    return rows.map(({ name }) => name)
  })

describe('createAll, dropAll and reflect', () => {
  // web 94
  it('work on all engines, on one or on some, as often as one likes, and need no scope', async (t) => {
    const db = await openTwo(t)
    await db.createAll('audit')
    assert.deepEqual([await tables(db), await tables(db, 'audit')], [[], ['entry']])
    await db.createAll(['default'])
    assert.deepEqual(await tables(db), ['author', 'post', 'post_tags', 'tag'])
    await db.run(() => db.session.add(new Post({ title: 'kept' })), { commit: 'onSuccess' })
    await db.createAll()
    assert.equal(await db.run(() => db.select(Post).count()), 1, 'existing tables are untouched')
    await db.dropAll()
    await db.dropAll()
    assert.deepEqual([await tables(db), await tables(db, 'audit')], [[], []])
  })

  // web 95
  it('name an engine that is not configured before anything is created', async (t) => {
    const url = `sqlite:${temporaryFile(t)}`
    assert.throws(() => new Database({ url, models: two }), { code: 'UNKNOWN_ENGINE' })
    assert.throws(
      () => new Database({ engines: { audit: url }, models: two }),
      (error: Error & { code?: string }) =>
        error.code === 'UNKNOWN_ENGINE' && /"default".*Add url: /.test(error.message),
    )
    const { db } = await open(t)
    await db.dropAll()
    await assert.rejects(db.createAll(['default', 'audit']), { code: 'UNKNOWN_ENGINE' })
    assert.equal(
      await db.run(
        async () =>
          (await db.session.sql`select name from sqlite_master where name = 'post'`.all()).length,
      ),
      0,
    )
  })

  // web 96
  it('make the tables that no model describes known by name', async (t) => {
    const db = await openTwo(t)
    await db.createAll()
    await db.run(() =>
      db.transaction(
        async () =>
          void (await db.session
            .sql`create table legacy (id integer primary key, label text not null)`.all()),
      ),
    )
    assert.equal(db.metadata.tables.has('legacy'), false)
    await db.reflect()
    await db.reflect()
    assert.deepEqual(
      db.metadata.tables.get('legacy')?.columns.map(({ name }) => name),
      ['id', 'label'],
    )
    assert.equal(db.metadatas.get('default'), db.metadata)
    assert.ok(db.metadatas.get('audit')?.tables.has('entry'))
    await db.createAll()
  })

  // seed 19
  it('create the tables of another package’s models, and complain when there is nothing to create', async (t) => {
    class Shared extends Model({ id: id(), name: varchar(10) }) {}
    const shared = { Shared }
    await using db = new Database({
      url: `sqlite:${temporaryFile(t)}`,
      models: { ...models, ...shared },
    })
    await db.createAll()
    assert.equal(await db.run(() => db.select(Shared).count()), 0)
    await using empty = new Database({ url: 'sqlite::memory:', models: {} })
    await assert.rejects(empty.createAll(), {
      code: 'ARGUMENT',
      message: /no model of this Database has one.*\.\.\.shared/,
    })
    const { db: other } = await open(t)
    await other.run(async () => {
      await assert.rejects(
        async () => other.select(Shared).all(),
        (error: Error) =>
          /Shared/.test(error.message) && /models: \{ …, Shared \}/.test(error.message),
      )
    })
  })

  // settled M2
  it('create the tables of listed packages once; who forgets one is told which, and where it goes', async (t) => {
    class Account extends Model({ id: id(), login: varchar(20) }) {}
    class Badge extends Model({
      id: id(),
      accountId: int(),
      account: () => belongsTo(Account),
    }) {}
    const auth = { Account }
    const url = `sqlite:${temporaryFile(t)}`
    await using db = new Database({ url, models: [models, { Badge }, auth] })
    await db.createAll()
    await db.createAll()
    const rows = await db.run(() =>
      db.kysely
        .selectFrom('account')
        .select(({ fn }) => fn.countAll<number>().as('n'))
        .execute(),
    )
    assert.deepEqual(rows, [{ n: 0 }])
    const names = [...db.metadata.tables.keys()]
    assert.equal(names.filter((name) => name === 'account').length, 1)
    assert.throws(() => new Database({ url, models: { ...models, Badge } }), {
      code: 'MAPPING',
      message: /Badge\.account: its target Account .* models: \{ …, Account \}/,
    })
    assert.throws(() => new Database({ url, models: [auth, { Account: Badge }] }), {
      code: 'MAPPING',
      message: /two models called "Account"/,
    })
    await using forgetful = new Database({ url: 'sqlite::memory:', models })
    await forgetful.createAll()
    await forgetful.run(async () => {
      await assert.rejects(forgetful.select(Account).all(), {
        code: 'ARGUMENT',
        message: /Account: this Database does not know it\. Add it: .* models: \{ …, Account \}/,
      })
    })
  })

  // settled M26
  it('leave an existing table as it is, and tell which columns it lacks', async (t) => {
    const logger = new Log()
    await using db = new Database({
      url: `sqlite:${temporaryFile(t)}`,
      logger,
      diagnostics: true,
      models,
    })
    await db.engine.begin(
      async (connection) =>
        void (await connection.execute({
          sql: 'create table tag (id integer primary key)',
          parameters: [],
        })),
    )
    await db.createAll()
    assert.match(
      logger.of('ATHANOR_TABLE_DIFFERS')[0]?.message ?? '',
      /"tag" of engine "default" exists without "name"/,
    )
    assert.equal(logger.lines.length, 1)
  })

  // web 23
  it('have ping() beside them, which reports for each engine', async (t) => {
    await using db = new Database({
      url: 'sqlite::memory:',
      engines: { audit: `sqlite:${temporaryFile(t, '')}` },
      models: two,
    })
    assert.equal(db.engine.status.opened, 0)
    const answers = await db.ping()
    assert.equal(answers['default'], 'ok')
    assert.ok(answers['audit'] instanceof Error)
  })
})
