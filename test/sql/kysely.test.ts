import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import {
  createKysely,
  type KyselyAnswer,
  type KyselyBridge,
  type KyselyCommand,
  type SqlDialect,
} from '../../src/sql/index.ts'
import { mariadbLike, numbered, postgresLike, questionMarks, tables } from './support.ts'

interface Schema {
  readonly post: {
    readonly id: number
    readonly title: string
    readonly published: boolean
    readonly created_at: Date
    readonly settings: unknown
    readonly author_id: number
  }
  readonly user: { readonly id: number; readonly name: string }
}

/** Kysely on a bridge that answers with `answer` and keeps what it was sent. */
function open(answer: Partial<KyselyAnswer> = {}, dialect: SqlDialect = questionMarks) {
  const commands: KyselyCommand[] = []
  const full: KyselyAnswer = { rows: [], columns: [], affectedRows: 0, ...answer }
  const bridge: KyselyBridge = {
    dialect,
    columnOf: (table, name) =>
      Object.values(tables)
        .find((each) => each.name === table)
        ?.columns.find((column) => column.name === name),
    execute(command) {
      commands.push(command)
      return Promise.resolve(full)
    },
    async *stream(command, chunkSize) {
      commands.push(command)
      for (let start = 0; start < full.rows.length; start += chunkSize)
        yield { ...full, rows: full.rows.slice(start, start + chunkSize) }
    },
  }
  return { kysely: createKysely<Schema>(bridge), commands }
}

const stored = {
  rows: [[1, 1, '1970-01-01T00:00:00.000Z', null]],
  columns: ['id', 'published', 'created_at', 'settings'],
}
const decoded = { id: 1, published: true, created_at: new Date(0), settings: null }

describe('Kysely on a session', () => {
  it('sends what it compiled, its values bound as the database stores them', async () => {
    const { kysely, commands } = open()
    await kysely
      .selectFrom('post')
      .select('id')
      .where('published', '=', true)
      .where('created_at', '>', new Date(0))
      .limit(3)
      .execute()
    const [command] = commands
    assert.equal(
      command?.sql,
      'select "id" from "post" where "published" = ? and "created_at" > ? limit ?',
    )
    assert.deepEqual(command.parameters, [1n, '1970-01-01T00:00:00.000Z', 3n])
    await kysely
      .insertInto('post')
      .values({
        id: 1,
        title: 'x',
        published: false,
        created_at: new Date(0),
        settings: { pins: [1] },
        author_id: 1,
      })
      .execute()
    assert.equal(commands[1]?.parameters[4], '{"pins":[1]}')
    await kysely
      .updateTable('post')
      .set({ settings: [1, 'a'] })
      .execute()
    assert.deepEqual(commands[2]?.parameters, ['[1,"a"]'])
  })

  it('writes the SQL of the bridge that it stands on', async () => {
    const { kysely, commands } = open({}, numbered)
    await kysely.selectFrom('post').select('id').where('id', '=', 1).execute()
    assert.equal(commands[0]?.sql, 'select "id" from "post" where "id" = $1')
  })

  it('keeps the rows that RETURNING gives, where the database has it', async () => {
    const answer = { rows: [[7]], columns: ['id'] }
    const returned = (dialect: SqlDialect): Promise<unknown[]> =>
      open(answer, dialect)
        .kysely.insertInto('user')
        .values({ id: 7, name: 'x' })
        .returning('id')
        .execute()
    assert.deepEqual(await returned(mariadbLike), [{ id: 7 }])
    assert.deepEqual(await returned(postgresLike), [{ id: 7 }])
    assert.equal(
      open({}, mariadbLike).kysely.selectFrom('post').select('id').limit(1).compile().sql,
      'select `id` from `post` limit ?',
    )
  })

  it('says what each query may do: read, write, or anything', async () => {
    const { kysely, commands } = open()
    await kysely.selectFrom('post').select('id').execute()
    await kysely
      .with('recent', (db) => db.selectFrom('post').select('id'))
      .selectFrom('recent')
      .select('id')
      .execute()
    await kysely.selectFrom('post').select('id').forUpdate().execute()
    await kysely
      .with('gone', (db) => db.deleteFrom('post').returning('id'))
      .selectFrom('gone')
      .select('id')
      .execute()
    await kysely.insertInto('user').values({ id: 1, name: 'x' }).execute()
    await kysely.updateTable('user').set({ name: 'x' }).execute()
    await kysely.deleteFrom('user').execute()
    await kysely.schema.dropTable('user').execute()
    await sql`select 1`.execute(kysely)
    assert.deepEqual(
      commands.map(({ intent }) => intent),
      ['read', 'read', 'write', 'write', 'write', 'write', 'write', 'write', 'raw'],
    )
  })

  it('tells affected rows and the generated key', async () => {
    const { kysely } = open({ affectedRows: 2, lastInsertId: 7 })
    const updated = await kysely.updateTable('user').set({ name: 'x' }).executeTakeFirst()
    const inserted = await kysely.insertInto('user').values({ id: 1, name: 'x' }).executeTakeFirst()
    assert.equal(updated.numUpdatedRows, 2n)
    assert.deepEqual([inserted.insertId, inserted.numInsertedOrUpdatedRows], [7n, 2n])
  })

  // settled M20
  it('decodes output columns that are model columns, whatever they are called', async () => {
    const { kysely } = open(stored)
    assert.deepEqual(await kysely.selectFrom('post').selectAll().execute(), [decoded])
    assert.deepEqual(
      await kysely
        .selectFrom('post as p')
        .innerJoin('user', 'user.id', 'p.author_id')
        .selectAll('p')
        .execute(),
      [decoded],
    )
    assert.deepEqual(
      await kysely
        .selectFrom('post')
        .select(['id', 'published', 'post.created_at', 'settings'])
        .execute(),
      [decoded],
    )
    assert.deepEqual(await kysely.deleteFrom('post').returningAll().execute(), [decoded])
    assert.deepEqual(
      await kysely
        .updateTable('post')
        .set({ title: 'x' })
        .returning(['id', 'published', 'created_at', 'settings'])
        .execute(),
      [decoded],
    )
    const renamed = open({ rows: [[1, 1]], columns: ['title', 'shown'] })
    assert.deepEqual(
      await renamed.kysely
        .selectFrom('post')
        .select(['id as title', 'published as shown'])
        .execute(),
      [{ title: 1, shown: true }],
    )
  })

  // settled M20
  it('leaves all other values as the driver gives them', async () => {
    const { kysely } = open({ rows: [[1]], columns: ['published'] })
    const raw = [{ published: 1 }]
    assert.deepEqual(
      await kysely
        .selectFrom('post')
        .select((eb) => eb.fn.max('published').as('published'))
        .execute(),
      raw,
    )
    assert.deepEqual(
      await kysely
        .selectFrom('post')
        .select('published')
        .union(kysely.selectFrom('post').select('published'))
        .execute(),
      raw,
    )
    assert.deepEqual(
      await kysely
        .with('post', (db) => db.selectFrom('user').select(sql<boolean>`1`.as('published')))
        .selectFrom('post')
        .selectAll()
        .execute(),
      raw,
    )
    assert.deepEqual(
      await kysely.selectFrom(kysely.selectFrom('post').selectAll().as('p')).selectAll().execute(),
      raw,
    )
    assert.deepEqual(await kysely.selectFrom(['post as a', 'post as b']).selectAll().execute(), raw)
    assert.deepEqual((await sql`select published from post`.execute(kysely)).rows, raw)
  })

  it('does not take an expression for the column whose name it bears', async () => {
    const { kysely } = open({ rows: [[0, 1]], columns: ['published', 'published'] })
    const query = kysely
      .selectFrom('post')
      .selectAll()
      .select(sql<number>`1`.as('published'))
    assert.deepEqual(await query.execute(), [{ published: 1 }])
  })

  it('leaves NULL alone', async () => {
    const { kysely } = open({ rows: [[null]], columns: ['created_at'] })
    assert.deepEqual(await kysely.selectFrom('post').select('created_at').execute(), [
      { created_at: null },
    ])
  })

  it('streams in chunks, decoded too', async () => {
    const { kysely } = open({ rows: [[1], [0], [1]], columns: ['published'] })
    const seen: unknown[] = []
    for await (const row of kysely.selectFrom('post').select('published').stream(2))
      seen.push(row.published)
    assert.deepEqual(seen, [true, false, true])
  })

  it('refuses transactions of its own, and names the session’s', async () => {
    const { kysely, commands } = open()
    const refused = { name: 'IllegalStateError', code: 'ILLEGAL_STATE', message: /db\.transaction/ }
    await assert.rejects(
      kysely.transaction().execute(() => Promise.resolve(1)),
      refused,
    )
    await assert.rejects(kysely.startTransaction().execute(), refused)
    assert.equal(commands.length, 0)
  })

  it('lives on after destroy, because its connections are not its own', async () => {
    const { kysely, commands } = open()
    await kysely.selectFrom('post').select('id').execute()
    await kysely.destroy()
    await kysely.selectFrom('post').select('id').execute()
    assert.equal(commands.length, 2)
  })

  it('runs a query inside a stream, on SQLite too', async () => {
    const { kysely, commands } = open({ rows: [[1]], columns: ['id'] })
    for await (const row of kysely.selectFrom('post').select('id').stream(1))
      await kysely.selectFrom('user').select('id').where('id', '=', row.id).execute()
    assert.equal(commands.length, 2)
  })
})
