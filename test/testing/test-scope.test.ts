import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Kysely } from 'kysely'
import { Database, inspect } from 'athanor'
import { testScope } from 'athanor/testing'
import { blog, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { Author, Database as AnyDatabase, open } from '../app/support.ts'
import { failure } from '../orm/support.ts'

type Db = Database

const addTag = (db: Db, name: string): Promise<Tag> =>
  db.run(() => db.session.add(new Tag({ name })), { commit: 'onSuccess' })
const tagNames = (db: Db): Promise<string[]> =>
  db.run(() => db.select(Tag.c.name).orderBy(Tag.c.name).all())

for (const database of databases()) {
  describe(`testScope on ${database.name}`, () => {
    // settled H27
    // session 2.46
    it('undoes at its end what was committed in it, and leaves what was there before', async (t) => {
      const { db } = await database.open(t, blog)
      await addTag(db, 'before')
      for (const round of [1, 2, 3]) {
        const scope = await testScope(db)
        await addTag(db, 'the same each time')
        assert.deepEqual(await tagNames(db), ['before', 'the same each time'], `round ${round}`)
        await db.run(async () => {
          await db.session.sql`delete from tag`
          await db.session.commit()
        })
        assert.deepEqual(await tagNames(db), [])
        await scope.end()
        assert.deepEqual(await tagNames(db), ['before'])
        assert.equal(db.engine.status.inUse, 0)
      }
    })

    it('lends connections that are given back as ever', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      await db.run(async ({ session }) => {
        await session.select(Tag).all()
        assert.equal(db.engine.status.inUse, 0)
        session.add(new Tag({ name: 'a' }))
        await session.flush()
        assert.equal(db.engine.status.inUse, 1)
      })
      assert.equal(db.engine.status.inUse, 0)
    })

    it('ends with its block, and a second end is the first', async (t) => {
      const { db } = await database.open(t, blog)
      {
        await using scope = await testScope(db)
        await addTag(db, 'a')
        await scope.end()
        await addTag(db, 'stored')
      }
      assert.deepEqual(await tagNames(db), ['stored'])
    })

    // settled H27
    it('rolls back what its scopes roll back, and savepoints, as ever', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      await addTag(db, 'kept')
      await db.run(async () => {
        db.session.add(new Tag({ name: 'lost' }))
        await db.session.flush()
      })
      await db.run(async ({ session }) => {
        session.add(new Tag({ name: 'outer' }))
        await session
          .beginNested(async () => {
            session.add(new Tag({ name: 'inner' }))
            await session.flush()
            throw new RangeError('no')
          })
          .catch(() => {})
        await session.commit()
      })
      assert.deepEqual(await tagNames(db), ['kept', 'outer'])
    })

    // session 2.46
    it('goes on after a statement that failed, in a transaction and outside of one', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      await addTag(db, 'a')
      await failure('UNIQUE_VIOLATION', [], () => addTag(db, 'a'))
      await failure('PROGRAMMING', [], () =>
        db.run(() => db.session.sql`select * from nowhere`.all()),
      )
      const reads = await db.run(({ session }) =>
        Promise.allSettled([
          session.select(Tag.c.name).all(),
          session.select(Tag.c.name).where(Tag.c.id.eq(1)).all(),
        ]),
      )
      assert.deepEqual(
        reads.map(({ status }) => status),
        ['fulfilled', 'fulfilled'],
      )
      assert.deepEqual(await tagNames(db), ['a'])
    })

    // settled H27
    it('keeps the identity maps of its scopes apart', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      await addTag(db, 'a')
      const [one, two] = [
        await db.run(() => Tag.query().one()),
        await db.run(() => Tag.query().one()),
      ]
      assert.notEqual(one, two)
      assert.equal(inspect(one).session, null)
    })

    it('shows to listeners the statements that there are without it', async (t) => {
      const { db, sent } = await database.open(t, blog)
      const work = async (): Promise<void> => {
        await addTag(db, 'a')
        await db.run(async () => {
          const tag = await Tag.query().one()
          tag.name = 'b'
          await db.session.commit()
          await db.session.sql`delete from tag`
          await db.session.rollback()
        })
      }
      {
        await using _ = await testScope(db)
        await addTag(db, 'warms up what is done once')
      }
      sent.clear()
      {
        await using _ = await testScope(db)
        await work()
      }
      const inside = sent.texts()
      await work()
      assert.deepEqual(inside, sent.texts())
    })

    // settled H27
    it('checks isolation levels and sends none', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      for (const isolation of database.supports.isolationLevels) {
        await db.run(
          async ({ session }) => {
            session.add(new Tag({ name: isolation }))
            await session.commit()
            await session.select(Tag).all()
          },
          { isolation },
        )
      }
      assert.equal((await tagNames(db)).length, database.supports.isolationLevels.length)
      const unknown = 'chaos' as 'serializable'
      await failure('ARGUMENT', ['chaos'], () =>
        db.run(() => db.select(Tag).all(), { isolation: unknown }),
      )
    })

    it('refuses to write where only reading is allowed', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      const readOnly = { readOnly: true }
      await failure('READ_ONLY', [], () =>
        db.run(async ({ session }) => {
          session.add(new Tag({ name: 'a' }))
          await session.flush()
        }, readOnly),
      )
      await failure('READ_ONLY', [], () =>
        db.run(({ session }) => session.sql`insert into tag (name) values ('a')`, readOnly),
      )
      assert.deepEqual(await db.run(({ session }) => session.sql`select 1 as n`.all(), readOnly), [
        { n: 1 },
      ])
      assert.deepEqual(await tagNames(db), [])
    })

    // settled H27
    it('runs callbacks after a commit inside, and none after a rollback', async (t) => {
      const { db } = await database.open(t, blog, { trackModifications: true })
      await using _ = await testScope(db)
      const heard: string[] = []
      db.on('afterCommit', () => void heard.push('listener'))
      await db.run(async (scope) => {
        scope.afterCommit(async () => heard.push(...(await tagNames(db))))
        scope.session.add(new Tag({ name: 'a' }))
        await scope.session.commit()
      })
      await db.run(
        (scope) => {
          scope.afterCommit(() => heard.push('never'))
          scope.session.add(new Tag({ name: 'b' }))
          scope.setRollbackOnly()
        },
        { commit: 'onSuccess' },
      )
      assert.deepEqual(heard.toSorted(), ['a', 'listener'])
    })

    it('streams, and writes in the loop', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      for (const name of ['a', 'b', 'c']) await addTag(db, name)
      await db.run(async ({ session }) => {
        for await (const tag of session.select(Tag).orderBy(Tag.c.name).stream({ chunkSize: 1 })) {
          session.add(new User({ name: tag.name }))
          await session.flush()
        }
        await session.commit()
      })
      assert.equal(await db.run(() => User.query().count()), 3)
    })

    it('serves connections without a session, and Kysely', async (t) => {
      const { db } = await database.open(t, blog)
      const scope = await testScope(db)
      await db.engine.begin(async (connection) => {
        await connection.execute({ sql: "insert into tag (name) values ('a')", parameters: [] })
      })
      await assert.rejects(
        db.engine.begin(async (connection) => {
          await connection.execute({ sql: "insert into tag (name) values ('b')", parameters: [] })
          throw new RangeError('no')
        }),
        RangeError,
      )
      {
        using connection = await db.engine.connect()
        for (const sql of ['begin', "insert into tag (name) values ('c')", 'commit'])
          await connection.execute({ sql, parameters: [] })
      }
      const kysely = new Kysely<{ tag: { name: string } }>({ dialect: db.engine.kyselyDialect() })
      const rows = await kysely.selectFrom('tag').select('name').orderBy('name').execute()
      assert.deepEqual(rows, [{ name: 'a' }, { name: 'c' }])
      await scope.end()
      assert.deepEqual(await tagNames(db), [])
    })

    it('leaves retries and exactly-once as they are', async (t) => {
      const { db } = await database.open(t, blog)
      const scope = await testScope(db)
      let runs = 0
      await db.run(({ session }) =>
        session.transaction(
          async () => {
            runs += 1
            session.add(new Tag({ name: 'a' }))
            await session.flush()
            if (runs < 3) throw Object.assign(new Error('again'), { retryable: true })
          },
          { retry: 2 },
        ),
      )
      assert.equal(runs, 3)
      const once = { exactlyOnce: true }
      await db.run(({ session }) =>
        session.transaction(() => session.add(new Tag({ name: 'b' })), once),
      )
      assert.deepEqual(await tagNames(db), ['a', 'b'])
      await scope.end()
      await db.run(({ session }) =>
        session.transaction(() => session.add(new Tag({ name: 'c' })), once),
      )
      assert.deepEqual(await tagNames(db), ['c'])
    })

    const ddl = database.needs('transactional DDL', database.supports.transactionalDdl)
    it('undoes createAll, where a rollback does, as often as it is done', ddl, async (t) => {
      const { db } = await database.open(t, blog)
      await db.dropAll()
      for (const round of [1, 2]) {
        const scope = await testScope(db)
        await db.createAll()
        await addTag(db, 'a')
        assert.deepEqual(await tagNames(db), ['a'], `round ${round}`)
        await scope.end()
        await failure('PROGRAMMING', [], () => tagNames(db))
      }
    })

    const noDdl = database.needs('DDL that commits', !database.supports.transactionalDdl)
    it('refuses DDL that would commit, and says when to create tables', noDdl, async (t) => {
      const { db } = await database.open(t, blog)
      await db.dropAll()
      await db.createAll()
      const scope = await testScope(db)
      await addTag(db, 'a')
      await db.createAll() // there is nothing to create
      await failure('ILLEGAL_STATE', ['drop table', 'before testScope(db)'], () => db.dropAll())
      await failure('ILLEGAL_STATE', ['create index'], () =>
        db.run(() => db.session.sql`create index i on tag (id)`),
      )
      await db.run(() => db.session.sql`create temporary table aside (id int)`)
      assert.deepEqual(await tagNames(db), ['a'])
      await scope.end()
      assert.deepEqual(await tagNames(db), [])
    })

    it('is lost when a statement commits by itself', noDdl, async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      const said = ['commits by itself']
      await failure('TEST_SCOPE_LOST', said, () => db.run(() => db.session.sql`flush status`))
      await failure('TEST_SCOPE_LOST', said, () => addTag(db, 'a'))
    })

    const ends = database.needs('INSERT OR ROLLBACK', database.facts.hasInsertOrRollback)
    it('is lost when the database ends its transaction', ends, async (t) => {
      const { db } = await database.open(t, blog)
      const scope = await testScope(db)
      await addTag(db, 'a')
      const error = await failure('TEST_SCOPE_LOST', ['engine "default"'], () =>
        db.run(() => db.session.sql`insert or rollback into tag (name) values ('a')`),
      )
      assert.match(String(error.cause), /UNIQUE/)
      await failure('TEST_SCOPE_LOST', [], () => tagNames(db))
      await scope.end()
      assert.deepEqual(await tagNames(db), [])
    })

    it('opens none inside another, and none beside work that has begun', async (t) => {
      const { db } = await database.open(t, blog)
      const scope = await testScope(db)
      await failure('ILLEGAL_STATE', ['another one is open'], () => testScope(db))
      await scope.end()
      await db.run(async ({ session }) => {
        session.add(new Tag({ name: 'a' }))
        await session.flush()
        await failure('ILLEGAL_STATE', ['1 connection is in use'], () => testScope(db))
      })
      await failure('ARGUMENT', [], () => testScope(db, { waitMs: Number.NaN }))
      await (await testScope(db)).end()
    })

    it('lets nothing be stored by work that nobody has awaited', async (t) => {
      const { db } = await database.open(t, blog)
      const scope = await testScope(db)
      const { promise: ended, resolve: end } = Promise.withResolvers<void>()
      const { promise: written, resolve: hasWritten } = Promise.withResolvers<void>()
      const floating = db.run(async ({ session }) => {
        session.add(new Tag({ name: 'a' }))
        await session.flush()
        hasWritten()
        await ended
        await session.commit()
      })
      const refused = failure('ILLEGAL_STATE', ['has ended', 'Await the work'], () => floating)
      await written
      await scope.end()
      end()
      await refused
      assert.deepEqual(await tagNames(db), [])
      assert.equal(db.engine.status.inUse, 0)
    })

    it('ends when the Database is disposed of, without waiting for itself', async (t) => {
      const { db } = await database.open(t, blog)
      await using _ = await testScope(db)
      await addTag(db, 'a')
      await db.dispose({ deadlineMs: 3_600_000 }) // so long it would wait for connections in use
      assert.equal(db.engine.status.inUse, 0)
    })
  })
}

describe('testScope', () => {
  // settled B23
  it('is no part of a Database', () => {
    const names = Object.getOwnPropertyNames(AnyDatabase.prototype)
    assert.deepEqual(
      names.filter((name) => /test/i.test(name)),
      [],
    )
  })

  it('is refused while a Database has no engines, whose work would be stored', async () => {
    const db = new Database({ models: blog })
    await failure('ILLEGAL_STATE', ['no engines yet'], () => testScope(db))
  })

  it('is not told of as a transaction that keeps others from writing for long', async (t) => {
    const { db, log } = await open(t)
    let passedMs = 0
    const { now } = performance
    t.mock.method(performance, 'now', () => now.call(performance) + passedMs)
    const slow = async (): Promise<void> => {
      await db.run(async ({ session }) => {
        session.add(new Author({ name: 'ada' }))
        await session.flush()
        passedMs += 5_000
      })
    }
    const scope = await testScope(db)
    await slow()
    await scope.end()
    assert.deepEqual(log.of('ATHANOR_LONG_HOLD'), [])
    await slow()
    assert.equal(log.of('ATHANOR_LONG_HOLD').length, 1)
  })
})
