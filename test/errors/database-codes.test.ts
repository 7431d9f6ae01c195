import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import {
  DataError,
  Database,
  IntegrityError,
  Model,
  PartialCommitError,
  UniqueViolationError,
  belongsTo,
  id,
  int,
  oneOf,
  varchar,
} from 'athanor'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { databases } from '../support/databases.ts'
import { Post, User, blog } from '../support/blog.ts'

const SECRET = 'ada-at-home'
class Account extends Model({ id: id(), email: varchar(80).unique() }) {}
class Ticket extends Model({ id: id(), state: oneOf('open', 'closed').default('open') }) {}

/** A trigger, as each kind of database writes it. */
const REFUSE_BOB = {
  sqlite: [
    "create trigger no_bob before insert on user when new.name = 'bob' begin select raise(abort, 'not bob'); end",
  ],
  postgres: [
    `create function no_bob() returns trigger language plpgsql as $$ begin
      if new.name = 'bob' then raise exception 'not bob' using errcode = '23000'; end if; return new; end $$`,
    'create trigger no_bob before insert on "user" for each row execute function no_bob()',
  ],
  mysql: [
    `create trigger no_bob before insert on user for each row begin
      if new.name = 'bob' then signal sqlstate '45000' set message_text = 'not bob'; end if; end`,
  ],
} as const

for (const database of databases()) {
  describe(`what ${database.name} refuses`, () => {
    // web 98
    it('is told with what failed, where, what to do and who asked for it, and without any value', async (t) => {
      const { session } = await database.open(t, { Account })
      const s = session()
      s.add(new Account({ email: SECRET }))
      await s.commit()
      s.add(new Account({ email: SECRET }))
      const error = await s.commit().catch((reason: unknown) => reason)
      assert.ok(error instanceof UniqueViolationError)
      assert.equal(error.code, 'UNIQUE_VIOLATION')
      assert.match(
        error.message,
        /^Cannot write on engine "default": another row has the same .*email"/,
      )
      assert.match(error.message, /Choose .*, or catch UniqueViolationError/)
      assert.ok(error.cause instanceof Error, 'what the driver said')
      assert.match(error.sql ?? '', /^insert into/)
      assert.match(error.stack ?? '', /database-codes\.test\.ts/)
      for (const text of [error.message, error.sql, JSON.stringify(error)])
        assert.doesNotMatch(String(text), new RegExp(SECRET))
    })

    it('is a foreign key violation where the row referred to is missing', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.add(new Post({ title: 'orphan', authorId: 404 }))
      await assert.rejects(s.commit(), { code: 'FOREIGN_KEY_VIOLATION' })
    })

    it('is a check violation where a foreign hand stores another word', async (t) => {
      const { session } = await database.open(t, { Ticket })
      await assert.rejects(session().sql`insert into ticket (state) values (${'lost'})`.all(), {
        code: 'CHECK_VIOLATION',
      })
    })

    it('is an integrity error where a trigger says no', async (t) => {
      const { db, session } = await database.open(t, blog)
      const s = session()
      for (const sql of REFUSE_BOB[database.dialect.kyselyFlavour]) {
        const connection = await db.engine.connect()
        await connection.execute({ sql, parameters: [], prepare: false })
        connection.close()
      }
      s.add(new User({ name: 'bob' }))
      await assert.rejects(
        s.flush(),
        (error) => error instanceof IntegrityError && error.code === 'INTEGRITY',
      )
    })

    it('is a data error where a value does not fit its column', async (t) => {
      const { session } = await database.open(t, blog)
      await assert.rejects(
        session().sql`insert into ${User} (id, name) values (${'one'}, ${'ada'})`.all(),
        (error) => error instanceof DataError && error.code === 'DATA',
      )
    })

    // settled H5
    it('is the change of an object that was read before a serializable transaction began', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.add(new User({ name: 'ada' }))
      await s.commit()
      const ada = await s.getOne(User, 1)
      await assert.rejects(
        s.transaction(() => void (ada.name = 'Ada'), { isolation: 'serializable' }),
        { code: 'READ_OUTSIDE_TRANSACTION' },
      )
      assert.equal((await session().getOne(User, 1)).name, 'ada')
    })
  })
}

describe('a transaction that another process gets in the way of', () => {
  it('is a serialization error: what it has read is no longer so', async (t) => {
    const file = join(temporaryFolder(t), 'race.db')
    await using db = new Database({ url: `sqlite:${file}`, models: blog })
    await db.createAll()
    const other = new DatabaseSync(file)
    t.after(() => other.close())
    using connection = await db.engine.connect()
    await connection.execute({ sql: 'begin', parameters: [] })
    await connection.execute({ sql: 'select * from user', parameters: [] })
    other.exec("insert into user (name) values ('eve')")
    await assert.rejects(
      async () =>
        connection.execute({ sql: "insert into user (name) values ('ada')", parameters: [] }),
      { code: 'SERIALIZATION', retryable: true },
    )
    await connection.rollback()
  })
})

class Audit extends Model(
  { id: id(), parentId: int().nullable(), parent: () => belongsTo(Audit) },
  { bind: 'audit' },
) {}
class Note extends Model({ id: id() }) {}

describe('a commit over two engines', () => {
  // web 32
  it('says which have committed when a later one fails', async (t) => {
    const folder = temporaryFolder(t)
    await using db = new Database({
      url: `sqlite:${join(folder, 'a.db')}`,
      engines: { audit: `sqlite:${join(folder, 'b.db')}` },
      models: { Note, Audit },
    })
    await db.createAll()
    const session = db.createSession()
    t.after(() => session.close())
    session.add(new Note({}))
    await session.flush()
    await session.sql({ engine: 'audit' })`pragma defer_foreign_keys = on`.all()
    await session.sql({ engine: 'audit' })`insert into audit (parent_id) values (404)`.all()
    await assert.rejects(session.commit(), (error) => {
      assert.ok(error instanceof PartialCommitError)
      assert.equal(error.code, 'PARTIAL_COMMIT')
      assert.deepEqual(error.info, { committed: ['default'], rolledBack: ['audit'] })
      return true
    })
    await session.rollback()
    assert.deepEqual(
      [await session.select(Note).count(), await session.select(Audit).count()],
      [1, 0],
    )
  })
})
