import BetterSqlite3 from 'better-sqlite3'
import { Kysely, SqliteDialect, type Generated } from 'kysely'
import type { Happening, NewAuthor, NewPost, Peer, Post, PostGraph } from './peer.ts'

interface Tables {
  author: { id: Generated<number>; name: string; email: string }
  post: {
    id: Generated<number>
    author_id: number
    title: string
    body: string
    views: number
    published: number
    created_at: number
  }
  tag: { id: Generated<number>; name: string }
  post_tag: { post_id: number; tag_id: number }
  happening: {
    id: Generated<number>
    group_id: number
    title: string
    active: number
    price: string
    at: string
    payload: string
  }
}

const POST = [
  'id',
  'author_id as authorId',
  'title',
  'body',
  'views',
  'published',
  'created_at as createdAt',
] as const
const HAPPENING = [
  'id',
  'group_id as groupId',
  'title',
  'active',
  'price',
  'at',
  'payload',
] as const

/** Kysely as its documentation writes it: no unit of work, so every write names its columns. */
class KyselyPeer implements Peer {
  readonly name = 'kysely'
  readonly #db: Kysely<Tables>

  constructor(file: string) {
    const database = new BetterSqlite3(file)
    database.exec(
      'pragma journal_mode = wal; pragma synchronous = off; pragma foreign_keys = on; pragma cache_size = -16384',
    )
    this.#db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) })
  }

  async get(id: number, db: Kysely<Tables> = this.#db): Promise<Post | null> {
    return (
      (await db.selectFrom('post').select(POST).where('id', '=', id).executeTakeFirst()) ?? null
    )
  }

  async getAll(ids: readonly number[]): Promise<readonly (Post | null)[]> {
    const posts: (Post | null)[] = []
    for (const id of ids) posts.push(await this.get(id))
    return posts
  }

  list(authorId: number, db: Kysely<Tables> = this.#db): Promise<Post[]> {
    return db
      .selectFrom('post')
      .select(POST)
      .where('author_id', '=', authorId)
      .orderBy('id')
      .limit(100)
      .execute()
  }

  modify(id: number, views: number): Promise<void> {
    return this.#db.transaction().execute(async (db) => {
      const post = await this.get(id, db)
      if (post === null || post.views === views) return
      await db.updateTable('post').set({ views }).where('id', '=', id).execute()
    })
  }

  insert(
    author: NewAuthor,
    posts: readonly NewPost[],
  ): Promise<{ id: number; postIds: readonly number[] }> {
    return this.#db.transaction().execute(async (db) => {
      const { id } = await db
        .insertInto('author')
        .values(author)
        .returning('id')
        .executeTakeFirstOrThrow()
      const rows = posts.map(({ createdAt, ...post }) => ({
        ...post,
        author_id: id,
        created_at: createdAt,
      }))
      const made = await db.insertInto('post').values(rows).returning('id').execute()
      return { id, postIds: made.map((row) => row.id).toSorted((a, b) => a - b) }
    })
  }

  async graph(after: number): Promise<readonly PostGraph[]> {
    const db = this.#db
    const posts = await db
      .selectFrom('post')
      .select(POST)
      .where('id', '>', after)
      .orderBy('id')
      .limit(50)
      .execute()
    const authorIds = [...new Set(posts.map((post) => post.authorId))]
    const authors = new Map(
      (await db.selectFrom('author').selectAll().where('id', 'in', authorIds).execute()).map(
        (author) => [author.id, author],
      ),
    )
    const links = await db
      .selectFrom('post_tag')
      .innerJoin('tag', 'tag.id', 'post_tag.tag_id')
      .select(['post_tag.post_id as postId', 'tag.name'])
      .where(
        'post_tag.post_id',
        'in',
        posts.map((post) => post.id),
      )
      .execute()
    const tags = new Map<number, { name: string }[]>(posts.map((post) => [post.id, []]))
    for (const { postId, name } of links) tags.get(postId)?.push({ name })
    return posts.map(
      (post) =>
        ({ ...post, author: authors.get(post.authorId), tags: tags.get(post.id) }) as PostGraph,
    )
  }

  async page(authorId: number): Promise<{ items: readonly Post[]; total: number }> {
    const posts = this.#db.selectFrom('post').where('author_id', '=', authorId)
    const { total } = await posts
      .select((e) => e.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow()
    return { items: await posts.select(POST).orderBy('id').limit(20).offset(40).execute(), total }
  }

  updateMany(authorId: number, delta: number): Promise<void> {
    return this.#db.transaction().execute(async (db) => {
      for (const post of await this.list(authorId, db)) {
        await db
          .updateTable('post')
          .set({ views: post.views + delta })
          .where('id', '=', post.id)
          .execute()
      }
    })
  }

  async getHappening(id: number, db: Kysely<Tables> = this.#db): Promise<Happening | null> {
    const row = await db
      .selectFrom('happening')
      .select(HAPPENING)
      .where('id', '=', id)
      .executeTakeFirst()
    return row === undefined ? null : decode(row)
  }

  async listHappenings(groupId: number, db: Kysely<Tables> = this.#db): Promise<Happening[]> {
    const rows = await db
      .selectFrom('happening')
      .select(HAPPENING)
      .where('group_id', '=', groupId)
      .orderBy('id')
      .limit(100)
      .execute()
    return rows.map(decode)
  }

  modifyHappening(id: number, depth: number): Promise<void> {
    return this.#db.transaction().execute(async (db) => {
      const happening = await this.getHappening(id, db)
      if (happening === null || happening.payload.depth === depth) return
      const payload = JSON.stringify({ ...happening.payload, depth })
      await db.updateTable('happening').set({ payload }).where('id', '=', id).execute()
    })
  }

  moveHappenings(groupId: number, ms: number): Promise<void> {
    return this.#db.transaction().execute(async (db) => {
      for (const { id, at } of await this.listHappenings(groupId, db)) {
        const moved = new Date(at.getTime() + ms).toISOString()
        await db.updateTable('happening').set({ at: moved }).where('id', '=', id).execute()
      }
    })
  }

  async reset(): Promise<void> {
    await this.#db.deleteFrom('post').where('id', '>', 5000).execute()
    await this.#db.deleteFrom('author').where('id', '>', 40).execute()
  }

  close(): Promise<void> {
    return this.#db.destroy()
  }
}

type Row = Omit<Tables['happening'], 'id' | 'group_id'> & { id: number; groupId: number }

function decode({ active, at, payload, ...row }: Row): Happening {
  return {
    ...row,
    active: active === 1,
    at: new Date(at),
    payload: JSON.parse(payload) as Happening['payload'],
  }
}

export const openKysely = (file: string): Peer => new KyselyPeer(file)
