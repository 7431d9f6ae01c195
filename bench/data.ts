import { DatabaseSync } from 'node:sqlite'
import type { NewAuthor, NewPost } from './peers/peer.ts'

export const AUTHORS = 40
export const POSTS = 5_000
const TAGS = 20
const TAGS_PER_POST = 3
const GROUPS = 10
export const HAPPENINGS = 1_000

const TABLES = `
create table author (id integer primary key autoincrement, name text not null, email text not null);
create table post (
  id integer primary key autoincrement, author_id integer not null references author(id), title text not null, body text not null,
  views integer not null, published integer not null, created_at integer not null
);
create index ix_post_author_id on post (author_id);
create table tag (id integer primary key autoincrement, name text not null);
create table post_tag (post_id integer not null references post(id), tag_id integer not null references tag(id), primary key (post_id, tag_id));
create table happening (
  id integer primary key autoincrement, group_id integer not null, title text not null, active integer not null,
  price text not null, at text not null, payload text not null
);
create index ix_happening_group_id on happening (group_id);
`

/** Every text is made from a number, so that all runs and all peers meet the same rows. */
const postOf = (n: number): NewPost => ({
  title: `Post number ${n}`,
  body: `Body of post ${n}. `.repeat(8),
  views: (n * 37) % 1000,
  published: n % 2,
  createdAt: 1_700_000_000_000 + n * 60_000,
})
const authorOf = (n: number): NewAuthor => ({
  name: `Author ${n}`,
  email: `author${n}@example.org`,
})

/** What workload d stores. */
export const NEW_AUTHOR: NewAuthor = authorOf(9_999)
export const NEW_POSTS: readonly NewPost[] = Array.from({ length: 100 }, (_, n) => postOf(n))

/** Makes the database file that every peer gets a copy of. */
export function seed(file: string): void {
  const db = new DatabaseSync(file)
  db.exec('pragma journal_mode = wal; pragma synchronous = off')
  db.exec(TABLES)
  db.exec('begin')
  const author = db.prepare('insert into author (name, email) values (?, ?)')
  for (let n = 1; n <= AUTHORS; n += 1) author.run(authorOf(n).name, authorOf(n).email)
  const tag = db.prepare('insert into tag (name) values (?)')
  for (let n = 1; n <= TAGS; n += 1) tag.run(`tag-${n}`)
  seedPosts(db)
  seedHappenings(db)
  db.exec('commit; analyze')
  db.close()
}

function seedPosts(db: DatabaseSync): void {
  const post = db.prepare(
    'insert into post (author_id, title, body, views, published, created_at) values (?, ?, ?, ?, ?, ?)',
  )
  const link = db.prepare('insert into post_tag (post_id, tag_id) values (?, ?)')
  for (let n = 1; n <= POSTS; n += 1) {
    const { title, body, views, published, createdAt } = postOf(n)
    post.run((n % AUTHORS) + 1, title, body, views, published, createdAt)
    for (let k = 0; k < TAGS_PER_POST; k += 1) link.run(n, ((n + k * 7) % TAGS) + 1)
  }
}

function seedHappenings(db: DatabaseSync): void {
  const happening = db.prepare(
    'insert into happening (group_id, title, active, price, at, payload) values (?, ?, ?, ?, ?, ?)',
  )
  for (let n = 1; n <= HAPPENINGS; n += 1) {
    const at = new Date(1_700_000_000_000 + n * 60_000).toISOString()
    const payload = JSON.stringify({ tags: ['one', `tag-${n % 7}`], depth: n % 5 })
    happening.run((n % GROUPS) + 1, `Happening ${n}`, n % 2, `${n}.50`, at, payload)
  }
}
