import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { belongsTo, Database, discriminator, id, int, isChangeOf, Model, varchar } from 'athanor'
import { sql as kyselySql } from 'kysely'
import { testScope } from 'athanor/testing'
import { blog, Account, Comment, Post, Tag, User } from '../support/blog.ts'
import { databases, type DatabaseKind } from '../support/databases.ts'
import { Sent } from '../support/sent.ts'

/** Two tables that refer to each other. */
class Team extends Model({
  id: id(),
  name: varchar(40),
  leadId: int().nullable(),
  lead: () => belongsTo(Member),
}) {}
class Member extends Model({ id: id(), teamId: int(), team: () => belongsTo(Team) }) {}

/** Rows in two tables. */
class File extends Model({ id: id(), kind: discriminator(), path: varchar(80) }) {}
class Picture extends File.extend(
  { width: int() },
  { inherit: 'joined', discriminator: 'picture' },
) {}

const commit = { commit: 'onSuccess' } as const

/** A Database with tables in two schemas, and none in the connection's own: whatever misses its schema fails. */
async function start(
  t: TestContext,
  database: DatabaseKind,
  options: { readonly [option: string]: unknown } = {},
) {
  const { url, release } = await database.lend()
  const db = new Database({ url, models: { ...blog, Team, Member, File, Picture }, ...options })
  const { dialect } = db.engine
  const own = new URL(url).pathname.slice(1).replaceAll('/', '_').slice(-20)
  const names = { acme: `ac"me\`s ${own}`, globex: `globex-${own}` }
  const run = (text: string): Promise<unknown> =>
    db.engine.begin((connection) => connection.execute({ sql: text, parameters: [] }))
  t.after(async () => {
    if (dialect.kyselyFlavour === 'mysql')
      for (const name of Object.values(names)) await run(`drop schema ${dialect.quote(name)}`)
    await db.dispose()
    await release()
  })
  for (const name of Object.values(names)) await run(`create schema ${dialect.quote(name)}`)
  const acme = { schemas: { default: names.acme } }
  const globex = { schemas: { default: names.globex } }
  for (const tenant of [acme, globex]) await db.run(() => db.createAll(), tenant)
  return { db, acme, globex, names, quoted: dialect.quote(names.acme) }
}

const tagNames = (db: Pick<Database, 'select'>): Promise<string[]> =>
  db.select(Tag.c.name).orderBy(Tag.c.name).all()

for (const database of databases()) {
  if (!database.supports.schemas) {
    it(`schemas are refused by ${database.name}, which has none`, async (t) => {
      const { db } = await database.open(t, blog)
      await assert.rejects(
        db.run((scope) => scope.session, { schemas: { default: 'acme' } }),
        { code: 'CONFIGURATION', message: /sqlite has no schemas\. Give the tenant a database/i },
      )
    })
    continue
  }

  describe(`schemas of scopes on ${database.name}`, () => {
    // session 7.19
    it('have the same statements told apart, alternately and at once, whatever the pool', async (t) => {
      for (const pool of [{ size: 1 }, { size: 4 }]) {
        const { db, acme, globex } = await start(t, database, { engineOptions: { pool } })
        const visit = (name: string, tenant: object): Promise<string[]> =>
          db.run(
            async ({ session }) => {
              session.add(new Tag({ name }))
              await session.commit()
              const [found] = await session.select(Tag).where({ name }).all()
              assert.equal(found?.name, name)
              return tagNames(db)
            },
            { ...tenant },
          )
        for (const round of [1, 2, 3]) {
          assert.equal((await visit(`a${round}`, acme)).length, round)
          assert.equal((await visit(`g${round}`, globex)).length, round)
        }
        await Promise.all(
          Array.from({ length: 12 }, (_, n) =>
            visit(`${n % 2 === 0 ? 'a' : 'g'}${n + 4}`, n % 2 === 0 ? acme : globex),
          ),
        )
        for (const [letter, tenant] of [
          ['a', acme],
          ['g', globex],
        ] as const) {
          const names = await db.run(() => tagNames(db), tenant)
          assert.equal(names.length, 9)
          assert.ok(names.every((name) => name.startsWith(letter)))
        }
      }
    })

    it('stand in every statement of the unit of work, of relations and of queries', async (t) => {
      const { db, acme, globex, quoted } = await start(t, database)
      const sent = new Sent(db.engine)
      const names = quoted.replaceAll('`', '"')
      await db.run(async ({ session }) => {
        const author = new User({ name: 'Ada' })
        const [one, two] = [new Tag({ name: 'one' }), new Tag({ name: 'two' })]
        const post = session.add(new Post({ title: 'p', author, tags: [one, two] }))
        const comment = new Comment({ body: 'c', post })
        session.add(comment)
        await session.commit()
        await post.tags.load()
        await post.load('comments', 'author')
        post.tags.remove(one)
        post.title = 'q'
        await session.commit()
        await session.refresh(post)
        assert.equal((await session.get(User, author.id))?.name, 'Ada')
        await session.beginNested(async (nested) => {
          nested.add(new Comment({ body: 'lost', post }))
          nested.setRollbackOnly()
        })
        assert.equal(await session.select(Comment).count(), 1)
        const eager = await session.select(Post).with('author', 'tags').all()
        assert.equal(eager[0]?.author?.name, 'Ada')
        assert.equal(await session.select(Post).where(Post.c.author.c.name.eq('Ada')).count(), 1)
        assert.equal(
          await session
            .select(Post)
            .where(Post.c.tags.any({ name: 'two' }))
            .exists(),
          true,
        )
        await session.select(Post).forUpdate().first()
        await session.insertOrGet(Tag, [{ name: 'one' }], ['name'])
        await session.insert(Tag).values([{ name: 'x' }, { name: 'y' }])
        await session.update(Tag).set({ name: 'z' }).where({ name: 'x' })
        await session.updateMany(Tag, [{ id: two.id, name: 'TWO' }])
        await session.deleteFrom(Tag).where({ name: 'y' })
        await session
          .deleteFrom(Tag)
          .where(Tag.c.id.in(session.select(Tag.c.id).where(Tag.c.name.eq('z'))))
        session.delete(comment)
        await session.commit()
        for await (const each of session.select(Post).stream()) assert.equal(each.title, 'q')
        assert.deepEqual(await tagNames(db), ['TWO', 'one'])
        const picture = session.add(new Picture({ path: 'a.png', width: 2 }))
        await session.commit()
        Object.assign(picture, { path: 'b.png', width: 3 })
        await session.commit()
        await session.refresh(picture)
        await session.update(Picture).set({ width: 4 }).where({ path: 'b.png' })
        assert.equal((await session.select(Picture).first())?.width, 4)
        assert.ok((await session.select(File).first()) instanceof Picture)
        session.delete(picture)
        await session.commit()
        const account = session.add(new Account({ balance: '1' }))
        await session.commit()
        account.balance = '2'
        await session.commit()
      }, acme)
      const texts = sent.texts().filter((text) => /\b(?:from|into|update)\b/.test(text))
      assert.ok(texts.length > 30, String(texts.length))
      for (const text of texts) assert.ok(text.includes(`${names}.`), text)
      assert.equal(await db.run(() => db.select(Post).count(), globex), 0)
    })

    it('stand in raw SQL where a model does', async (t) => {
      const { db, acme, globex } = await start(t, database)
      await db.run(async ({ session }) => {
        await session.sql`insert into ${Tag} (name) values (${'raw'})`
        const rows = await session.sql`
          select ${Tag.c.name} as name from ${Tag} where ${Tag.c.name} = ${'raw'}`.all()
        assert.deepEqual(rows, [{ name: 'raw' }])
        await session.commit()
      }, acme)
      assert.deepEqual(await db.run(() => tagNames(db), globex), [])
    })

    it('stand in the queries of Kysely, which says nothing of them', async (t) => {
      const { db, acme, globex, names } = await start(t, database)
      await db.run(async ({ session }) => {
        const { kysely } = session
        await kysely.insertInto('tag').values({ name: 'a' }).execute()
        await kysely.updateTable('tag').set({ name: 'b' }).where('tag.name', '=', 'a').execute()
        const author = session.add(new User({ name: 'Ada' }))
        session.add(new Post({ title: 'p', author, tags: [new Tag({ name: 'c' })] }))
        await session.flush()
        const joined = await kysely
          .with('mine', (qb) => qb.selectFrom('post').select(['post.id', 'post.author_id']))
          .selectFrom('mine')
          .innerJoin('user as u', 'u.id', 'mine.author_id')
          .where(({ exists, selectFrom }) => exists(selectFrom('tag').select('tag.id')))
          .select('u.name')
          .execute()
        assert.deepEqual(joined, [{ name: 'Ada' }])
        const raw = await kyselySql<{ name: string }>`
          select name from ${kyselySql.table('tag')} order by name`.execute(kysely)
        assert.deepEqual(raw.rows, [{ name: 'b' }, { name: 'c' }])
        const other = await kysely
          .withSchema(names.globex)
          .selectFrom('tag')
          .select('name')
          .execute()
        assert.deepEqual(other, [], 'a schema of the query itself stays')
        await kysely.deleteFrom('tag').where('name', '=', 'b').execute()
        assert.deepEqual(await tagNames(db), ['c'])
        await session.commit()
      }, acme)
      assert.deepEqual(await db.run(() => tagNames(db), globex), [])
    })

    it('are made and emptied one by one, circles and all', async (t) => {
      const { db, acme, globex } = await start(t, database)
      const find = (): Promise<number> => Promise.resolve(db.select(Team).count())
      await db.run(() => db.createAll(), acme) // once more: all is there
      await db.run(() => db.dropAll(), acme)
      await assert.rejects(db.run(find, acme), { name: 'ProgrammingError' })
      assert.equal(await db.run(find, globex), 0)
      await db.run(() => db.createAll(), acme)
      assert.equal(await db.run(find, acme), 0)
    })

    it('stay with forks and with scopes that are opened inside, unless these say otherwise', async (t) => {
      const { db, acme, globex, names } = await start(t, database)
      await db.run(async (scope) => {
        await db.run(() => void db.session.add(new Tag({ name: 'inner' })), commit)
        assert.deepEqual(await tagNames(db), ['inner'])
        assert.equal(await scope.fork().select(Tag).count(), 1)
        assert.equal(scope.schema(), names.acme)
        await db.run(async (inner) => {
          assert.deepEqual(await tagNames(db), [])
          assert.equal(inner.schema(), names.globex)
        }, globex)
        await db.run((inner) => assert.equal(inner.schema(), undefined), { schemas: {} })
      }, acme)
    })

    it('are told in change signals and recorded statements', async (t) => {
      const { db, acme, names, quoted } = await start(t, database, {
        trackModifications: true,
        recordQueries: true,
      })
      const heard: unknown[] = []
      db.on('afterCommit', (changes, scope) => {
        for (const change of changes)
          if (isChangeOf(change, Tag))
            heard.push(change.kind, change.table, scope.schema('default'))
      })
      await db.run(
        async (scope) => {
          db.session.add(new Tag({ name: 'a' }))
          await db.session.flush()
          const insert = scope.queries.find(({ kind }) => kind === 'insert')
          assert.ok(insert?.statement.startsWith(`insert into ${quoted}.`), insert?.statement)
        },
        { ...commit, ...acme },
      )
      assert.deepEqual(heard, ['insert', 'tag', names.acme])
    })

    it('take objects that were in another schema’s session for their own', async (t) => {
      const { db, acme, globex } = await start(t, database)
      const undone = new Tag({ name: 'undone' })
      await db.run(async ({ session }) => {
        session.add(undone)
        await session.flush()
        await session.rollback()
      }, acme)
      await db.run(({ session }) => void session.add(undone), { ...commit, ...globex })
      const kept = await db.run(({ session }) => session.add(new Tag({ name: 'kept' })), {
        ...commit,
        ...acme,
      })
      await db.run(({ session }) => void session.merge(kept), { ...commit, ...globex })
      assert.deepEqual(await db.run(() => tagNames(db), acme), ['kept'])
      assert.ok((await db.run(() => tagNames(db), globex)).includes('kept'))
    })

    it('are undone by a test scope', async (t) => {
      const { db, acme, globex } = await start(t, database)
      const test = await testScope(db)
      await db.run(() => void db.session.add(new Tag({ name: 'a' })), { ...commit, ...acme })
      assert.deepEqual(await db.run(() => tagNames(db), acme), ['a'])
      assert.deepEqual(await db.run(() => tagNames(db), globex), [])
      await test.end()
      assert.deepEqual(await db.run(() => tagNames(db), acme), [])
    })

    it('are not confused when there are more than are kept', async (t) => {
      const { db, acme, globex } = await start(t, database)
      await db.run(() => void db.session.add(new Tag({ name: 'a' })), { ...commit, ...acme })
      for (let n = 0; n < 201; n += 1)
        await db.run((scope) => assert.equal(scope.schema(), `other ${n}`), {
          schemas: { default: `other ${n}` },
        })
      assert.deepEqual(await db.run(() => tagNames(db), acme), ['a'])
      assert.deepEqual(await db.run(() => tagNames(db), globex), [])
    })

    it('must be names, of engines that are configured', async (t) => {
      const { db } = await start(t, database)
      const refused = (schemas: unknown, expected: object): Promise<void> =>
        assert.rejects(
          db.run(() => db.select(Tag).count(), { schemas: schemas as { default: string } }),
          expected,
        )
      const because = (message: RegExp): object => ({ code: 'CONFIGURATION', message })
      await refused({ nowhere: 'acme' }, { code: 'UNKNOWN_ENGINE' })
      await refused('acme', because(/"schemas"/))
      await refused({ default: undefined }, because(/of type undefined .* tenant is not known/))
      await refused({ default: null }, because(/it is null and not a text/))
      await refused({ default: 7 }, because(/of type number/))
      await refused({ default: '' }, because(/its name is empty/))
      await refused({ default: 'a\0b' }, because(/NUL/))
      await refused({ default: 'é'.repeat(33) }, because(/66 bytes, and this database keeps 6[34]/))
      await refused({ default: 'not there' }, { name: /^(?:ProgrammingError|ConfigurationError)$/ })
    })

    it('cannot be reflected into what all scopes know', async (t) => {
      const { db, acme } = await start(t, database)
      await assert.rejects(
        db.run(() => db.reflect(), acme),
        { code: 'ILLEGAL_STATE', message: /without schemas/ },
      )
    })
  })
}
