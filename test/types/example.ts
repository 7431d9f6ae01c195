// A wiki as a user would write it: User, Post, Tag, Comment (with parent). Compiled only, by every supported compiler.
import {
  Database,
  Model,
  alias,
  belongsTo,
  boolean,
  count,
  hasMany,
  hasOne,
  id,
  index,
  int,
  json,
  manyToMany,
  max,
  not,
  now,
  oneOf,
  or,
  outer,
  sql,
  text,
  timestamp,
  uuid,
  varchar,
} from 'athanor'
import type { Loaded } from 'athanor'

const timestamps = {
  createdAt: timestamp().default(now),
  updatedAt: timestamp().default(now).onUpdate(now),
}
abstract class Page extends Model({ ...timestamps, slug: varchar(200).unique() }) {
  get url() {
    return `/wiki/${this.slug}`
  }
}

export class User extends Model(
  {
    id: id(),
    name: varchar(80).unique(),
    email: varchar(120).nullable(),
    role: oneOf('reader', 'editor', 'admin').default('reader'),
    location: text().nullable(),
    settings: json<{ theme: 'dark' | 'light'; pins: number[] }>().default(() => ({
      theme: 'light',
      pins: [],
    })),
    ...timestamps,
    posts: () => hasMany(Post, 'author'),
    profile: () => hasOne(Profile),
  },
  { table: 'users' },
) {
  get isAdmin() {
    return this.role === 'admin'
  }
  drafts() {
    return this.posts.select().where({ published: false }).all()
  }
}

export class Profile extends Model({
  userId: int().primaryKey(),
  bio: text().default(''),
  user: () => belongsTo(User),
}) {}

export class Post extends Page.extend({
  id: id(),
  title: varchar(200),
  body: text(),
  views: int().default(0),
  published: boolean().default(false),
  authorId: int().index(),
  editorId: int().nullable(),
  author: () => belongsTo(User, { onDelete: 'cascade' }),
  editor: () => belongsTo(User, { onDelete: 'set null' }),
  comments: () => hasMany(Comment, 'post', { cascade: 'all, delete-orphan' }),
  tags: () => manyToMany(Tag, { through: () => PostTag }),
}) {
  excerpt(length = 100) {
    return this.body.slice(0, length)
  }
  /** Callable only on a post whose author is loaded. */
  byline(this: Loaded<Post, 'author'>) {
    return `${this.title} by ${this.author.name}`
  }
  static popular() {
    return Post.c.views.gt(1000)
  }
}

export class Tag extends Model({
  id: id(),
  name: varchar(40).unique(),
  posts: () => manyToMany(Post, { inverse: 'tags' }),
}) {}

export class PostTag extends Model(
  {
    postId: int().primaryKey(),
    tagId: int().primaryKey(),
    position: int().default(0),
    post: () => belongsTo(Post, { onDelete: 'cascade' }),
    tag: () => belongsTo(Tag, { onDelete: 'cascade' }),
  },
  { table: 'post_tags', indexes: (c) => [index(c.tagId, c.position).unique()] },
) {}

export class Comment extends Model({
  id: uuid()
    .primaryKey()
    .default(() => crypto.randomUUID()),
  body: text(),
  postId: int(),
  authorId: int(),
  replyTo: uuid().nullable().named('parent_comment'),
  post: () => belongsTo(Post),
  author: () => belongsTo(User),
  parent: () => belongsTo(Comment, { via: 'replyTo' }),
  children: () => hasMany(Comment, 'parent'),
  ...timestamps,
}) {}

export const db = new Database({
  url: 'sqlite::memory:',
  models: { User, Profile, Post, Tag, PostTag, Comment },
})

/** Objects: constructed, related, flushed, loaded. */
export async function objects() {
  const ada = new User({ name: 'ada' })
  const tag = new Tag({ name: 'ts' })
  const post = new Post({ title: 'Hello', slug: 'hello', body: '…', author: ada, tags: [tag] })
  ada.posts.add(new Post({ title: 'Second', slug: 'second', body: '…' }))
  const added: Post = db.session.add(post)
  await db.session.flush()
  added.title = 'Hello, world'
  added.author = ada // an entity is a Ref of itself
  added.tags.set([tag])

  const found = await db.session.get(Post, 1)
  if (!found) return undefined
  const author = await found.author.load() // the key is known before, found.author.id
  const editor = await found.editor?.load()
  const names = (await found.tags.load()).map((each) => each.name)
  const full = await found.load('author', 'comments.author')
  const commenters = full.comments.map((comment) => comment.author.name)
  const link = await db.session.getOne(PostTag, { postId: 1, tagId: 2 })
  return [author.name, editor?.name, names, commenters, link.position]
}

/** Queries for objects. */
export async function selects(ada: User) {
  const posts = await db.session
    .select(Post)
    .where(
      { published: true, authorId: [1, 2, 3] },
      or(Post.c.views.gt(10), Post.c.title.contains('orm')),
      not(Post.c.tags.none({ name: 'hidden' })),
    )
    .with('author', 'tags', 'comments.parent.author')
    .orderBy(Post.c.createdAt.desc())
    .limit(20)
    .all()
  const lines = posts.map((post) => [
    post.byline(),
    post.tags.map((tag) => tag.name),
    post.comments[0]?.parent?.author.name,
  ])
  const locals = await User.query().where({ location: 'Basel' }).all()
  const [withPosts] = await db.session.load(locals, 'posts')
  const one = await db.session.load(ada, 'posts')
  await db.session.select(Post).where(Post.c.author.c.location.eq('Basel')).first()
  await db.session.select(Post).join(Post.c.tags).where(Tag.c.name.eq('ts')).all()
  await db.session.select(Comment).where({ parent: null, author: ada }).exists()
  for await (const user of db.session.select(User).stream({ chunkSize: 500 }))
    lines.push([user.name])
  const page = await db.session.select(Post).paginate({ page: 1, perPage: 20 })
  return [lines, withPosts?.posts.length, one.posts.length, page.items, locals[0]?.isAdmin]
}

/** Projections, aliases, aggregates. */
export async function projections() {
  const rows = await db.session
    .select({ title: Post.c.title, author: Post.c.author.c.name, editor: Post.c.editor.c.name })
    .all()
  const editor: string | null | undefined = rows[0]?.editor
  const comment = outer(Comment)
  const stats = await db.session
    .select({ post: Post, n: count(comment.c.id), last: max(comment.c.createdAt) })
    .leftJoin(Post.c.comments, comment)
    .groupBy(Post.c.id)
    .having(count(comment.c.id).gt(0))
    .all()
  const parent = alias(Comment)
  await db.session
    .select({ body: Comment.c.body, parent: parent.c.body })
    .join(Comment.c.parent, parent)
    .all()
  const titles: string[] = await db.session.select(Post.c.title).all()
  return [editor, stats[0]?.post.excerpt(), titles]
}

/** Bulk statements, raw SQL, Kysely. */
export async function statements() {
  const { session } = db
  const rows = [{ name: 'a' }, { name: 'b' }]
  const made = await session
    .insert(Tag)
    .values(rows)
    .onConflict(['name'])
    .doNothing()
    .returning({ id: Tag.c.id })
    .all()
  const updated: number = await session
    .update(Post)
    .where(Post.c.views.lt(5))
    .set({ views: Post.c.views.plus(1) })
  const deleted: number = await session.deleteFrom(Comment).everyRow()
  const gone = await session.deleteFrom(Comment).where({ postId: 1 }).returning().all()
  const raw = await session.sql<{ n: number }>`select count(*) as n from post where id = ${1}`.one()
  const found = await session.sql`select * from post`.as(Post).all()
  const joined = await db.kysely
    .selectFrom('post')
    .innerJoin('users', 'users.id', 'post.author_id')
    .select(['post.title', 'users.name as by', 'post.created_at'])
    .execute()
  await session
    .select(Post)
    .where(Post.popular(), sql<boolean>`length(body) > 10`)
    .count()
  return [made[0]?.id, updated, deleted, gone[0]?.body, raw.n, found[0]?.title, joined[0]?.by]
}
