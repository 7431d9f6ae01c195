import { DatabaseSync } from 'node:sqlite'
import BetterSqlite3 from 'better-sqlite3'
import type { Happening, NewAuthor, NewPost, Peer, Post, PostGraph } from './peer.ts'

/** What better-sqlite3 and node:sqlite have in common, and all that hand-written code needs. */
interface Library {
  prepare(sql: string): Statement
  exec(sql: string): unknown
  close(): void
}
interface Statement {
  get(...values: unknown[]): unknown
  all(...values: unknown[]): unknown[]
  run(...values: unknown[]): { readonly lastInsertRowid: number | bigint }
}

const POST =
  'select id, author_id as authorId, title, body, views, published, created_at as createdAt from post'
const HAPPENING = 'select id, group_id as groupId, title, active, price, at, payload from happening'

interface StoredHappening extends Omit<Happening, 'active' | 'at' | 'payload'> {
  readonly active: number
  readonly at: string
  readonly payload: string
}

const decode = (row: StoredHappening): Happening => ({
  id: row.id,
  groupId: row.groupId,
  title: row.title,
  active: row.active === 1,
  price: row.price,
  at: new Date(row.at),
  payload: JSON.parse(row.payload) as Happening['payload'],
})

/** The floor: statements prepared once, row objects, no promise anywhere. */
class HandWritten implements Peer {
  readonly name: string
  readonly #db: Library
  readonly #begin: Statement
  readonly #commit: Statement
  readonly #post: Statement
  readonly #posts: Statement
  readonly #postsAfter: Statement
  readonly #page: Statement
  readonly #count: Statement
  readonly #authors: Statement
  readonly #tags: Statement
  readonly #setViews: Statement
  readonly #insertAuthor: Statement
  readonly #insertPost: Statement
  readonly #happening: Statement
  readonly #happenings: Statement
  readonly #setPayload: Statement
  readonly #setAt: Statement

  constructor(name: string, db: Library) {
    this.name = name
    this.#db = db
    db.exec(
      'pragma journal_mode = wal; pragma synchronous = off; pragma foreign_keys = on; pragma cache_size = -16384',
    )
    this.#begin = db.prepare('begin')
    this.#commit = db.prepare('commit')
    this.#post = db.prepare(`${POST} where id = ?`)
    this.#posts = db.prepare(`${POST} where author_id = ? order by id limit 100`)
    this.#postsAfter = db.prepare(`${POST} where id > ? order by id limit 50`)
    this.#page = db.prepare(`${POST} where author_id = ? order by id limit 20 offset 40`)
    this.#count = db.prepare('select count(*) as total from post where author_id = ?')
    this.#authors = db.prepare(
      'select id, name, email from author where id in (select value from json_each(?))',
    )
    this.#tags = db.prepare(
      'select post_tag.post_id as postId, tag.name from post_tag join tag on tag.id = post_tag.tag_id where post_tag.post_id in (select value from json_each(?))',
    )
    this.#setViews = db.prepare('update post set views = ? where id = ?')
    this.#insertAuthor = db.prepare('insert into author (name, email) values (?, ?)')
    this.#insertPost = db.prepare(
      'insert into post (author_id, title, body, views, published, created_at) values (?, ?, ?, ?, ?, ?)',
    )
    this.#happening = db.prepare(`${HAPPENING} where id = ?`)
    this.#happenings = db.prepare(`${HAPPENING} where group_id = ? order by id limit 100`)
    this.#setPayload = db.prepare('update happening set payload = ? where id = ?')
    this.#setAt = db.prepare('update happening set at = ? where id = ?')
  }

  get(id: number): Post | null {
    return (this.#post.get(id) as Post | undefined) ?? null
  }

  getAll(ids: readonly number[]): readonly (Post | null)[] {
    return ids.map((id) => this.get(id))
  }

  list(authorId: number): readonly Post[] {
    return this.#posts.all(authorId) as Post[]
  }

  modify(id: number, views: number): void {
    this.#begin.run()
    const post = this.get(id)
    if (post !== null && post.views !== views) this.#setViews.run(views, id)
    this.#commit.run()
  }

  insert(author: NewAuthor, posts: readonly NewPost[]): { id: number; postIds: readonly number[] } {
    this.#begin.run()
    const id = Number(this.#insertAuthor.run(author.name, author.email).lastInsertRowid)
    const postIds = posts.map(({ title, body, views, published, createdAt }) =>
      Number(this.#insertPost.run(id, title, body, views, published, createdAt).lastInsertRowid),
    )
    this.#commit.run()
    return { id, postIds }
  }

  graph(after: number): readonly PostGraph[] {
    const posts = this.#postsAfter.all(after) as Post[]
    const authors = new Map<number, PostGraph['author']>()
    const authorIds = JSON.stringify([...new Set(posts.map((post) => post.authorId))])
    for (const author of this.#authors.all(authorIds) as PostGraph['author'][])
      authors.set(author.id, author)
    const tags = new Map<number, { name: string }[]>(posts.map((post) => [post.id, []]))
    const postIds = JSON.stringify(posts.map((post) => post.id))
    for (const { postId, name } of this.#tags.all(postIds) as { postId: number; name: string }[])
      tags.get(postId)?.push({ name })
    return posts.map(
      (post) =>
        Object.assign(post, {
          author: authors.get(post.authorId),
          tags: tags.get(post.id),
        }) as PostGraph,
    )
  }

  page(authorId: number): { items: readonly Post[]; total: number } {
    const { total } = this.#count.get(authorId) as { total: number }
    return { items: this.#page.all(authorId) as Post[], total }
  }

  updateMany(authorId: number, delta: number): void {
    this.#begin.run()
    for (const post of this.list(authorId)) this.#setViews.run(post.views + delta, post.id)
    this.#commit.run()
  }

  getHappening(id: number): Happening | null {
    const row = this.#happening.get(id) as StoredHappening | undefined
    return row === undefined ? null : decode(row)
  }

  listHappenings(groupId: number): readonly Happening[] {
    return (this.#happenings.all(groupId) as StoredHappening[]).map(decode)
  }

  modifyHappening(id: number, depth: number): void {
    this.#begin.run()
    const happening = this.getHappening(id)
    if (happening !== null && happening.payload.depth !== depth) {
      this.#setPayload.run(JSON.stringify({ ...happening.payload, depth }), id)
    }
    this.#commit.run()
  }

  moveHappenings(groupId: number, ms: number): void {
    this.#begin.run()
    for (const { id, at } of this.listHappenings(groupId)) {
      this.#setAt.run(new Date(at.getTime() + ms).toISOString(), id)
    }
    this.#commit.run()
  }

  reset(): void {
    this.#db.exec('delete from post where id > 5000; delete from author where id > 40')
  }

  close(): void {
    this.#db.close()
  }
}

/** better-sqlite3, written by hand: the 1 of every ratio. */
export const openRaw = (file: string): Peer => new HandWritten('raw', new BetterSqlite3(file))

/** node:sqlite, written by hand. */
export const openNodeSqlite = (file: string): Peer =>
  new HandWritten('node-sqlite', new DatabaseSync(file))
