// What the compiler promises to users. Compiled only; every ts-expect-error must be needed.
import {
  Database,
  Model,
  belongsTo,
  bigint,
  count,
  hasMany,
  id,
  int,
  manyToMany,
  outer,
  text,
} from 'athanor'
import type { Key, List, Loaded, Many, Maybe, Ref, WriteOnly } from 'athanor'
import { expectTypeOf } from 'expect-type'
import { Comment, Post, PostTag, Tag, User, db } from './example.ts'
import type { Profile } from './example.ts'

const { session } = db
declare const post: Post
declare const user: User
declare const comment: Comment
declare const tag: Tag

export function columns() {
  expectTypeOf(post.title).toEqualTypeOf<string>()
  expectTypeOf(post.createdAt).toEqualTypeOf<Date>()
  expectTypeOf(user.email).toEqualTypeOf<string | null>()
  expectTypeOf(user.role).toEqualTypeOf<'reader' | 'editor' | 'admin'>()
  expectTypeOf(user.settings.theme).toEqualTypeOf<'dark' | 'light'>()
  expectTypeOf(post.url).toEqualTypeOf<string>() // getter of the abstract base
  expectTypeOf(comment.replyTo).toEqualTypeOf<string | null>()
  post.title = 'x'
  // @ts-expect-error wrong type
  post.title = 1
  // @ts-expect-error not a column
  void post.titel
}

class Book extends Model({
  id: id(),
  title: text(),
  blurb: text(),
  scan: text().deferred('files'),
  authorId: int(),
  author: () => belongsTo(User),
}) {
  get shout() {
    return this.title.toUpperCase()
  }
}

class Shelf extends Model({
  id: id(),
  boards: () => hasMany(Board, 'shelf', { lazy: 'writeOnly' }),
}) {}
class Board extends Model({
  id: id(),
  width: int(),
  shelfId: int(),
  shelf: () => belongsTo(Shelf, { onDelete: 'cascade' }),
}) {}

export async function writeOnly(shelf: Shelf) {
  expectTypeOf(shelf.boards).toEqualTypeOf<WriteOnly<Board>>()
  shelf.boards.add(new Board({ width: 1 }))
  await shelf.boards.insert({ width: 1 })
  // @ts-expect-error not all columns
  await shelf.boards.insert({})
  // @ts-expect-error never in memory
  void [...shelf.boards]
  // @ts-expect-error never loaded
  void shelf.boards.load()
  expectTypeOf(await shelf.boards.select().all()).toEqualTypeOf<Board[]>()
  void new Shelf({ boards: [new Board({ width: 1 })] })
  await session
    .select(Shelf)
    .where(Shelf.c.boards.any({ width: 1 }))
    .all()
}

export async function someColumns() {
  const [book] = await session.select(Book).only('title').with('author').all()
  if (book === undefined) return
  expectTypeOf(book.id).toEqualTypeOf<number>() // the key always comes along
  expectTypeOf(book.title).toEqualTypeOf<string>()
  expectTypeOf(book.author.name).toEqualTypeOf<string>()
  // @ts-expect-error was not selected
  void book.blurb
  // @ts-expect-error so it is no Book
  void (book satisfies Book)
  expectTypeOf(await book.load()).toEqualTypeOf<Book>()
  session.delete(book)
  // @ts-expect-error no column
  session.select(Book).only('titel')
  // @ts-expect-error no column but a relation
  session.select(Book).only('author')
}

export async function deferredColumns(book: Book) {
  expectTypeOf(book.scan).toEqualTypeOf<string>()
  const loaded = await session.load(book, 'scan', 'author')
  expectTypeOf(loaded.scan).toEqualTypeOf<string>()
  expectTypeOf(loaded.author.name).toEqualTypeOf<string>()
  await session.select(Book).with('scan').all()
  // @ts-expect-error is there anyway
  await session.load(book, 'title')
  // @ts-expect-error a column leads nowhere
  await session.load(book, 'scan.author')
}

export function relationsNotLoaded() {
  expectTypeOf(post.author).toEqualTypeOf<Ref<User>>()
  expectTypeOf(post.editor).toEqualTypeOf<Ref<User> | null>() // the foreign key is nullable
  expectTypeOf(comment.parent).toEqualTypeOf<Ref<Comment> | null>()
  expectTypeOf(post.tags).toEqualTypeOf<Many<Tag>>()
  expectTypeOf(user.profile).toEqualTypeOf<Maybe<Profile> | Profile | null>()
  expectTypeOf(user.profile?.load()).toEqualTypeOf<Promise<Profile | null> | undefined>()
  // @ts-expect-error not loaded: it may be the row, and may be what loads it
  void user.profile?.bio
  user.profile = null
  // @ts-expect-error wrong class
  user.profile = tag
  expectTypeOf(post.author.id).toEqualTypeOf<number>()
  expectTypeOf(post.author.load()).toEqualTypeOf<Promise<User>>()
  // @ts-expect-error not loaded: there is only the key and load()
  void post.author.name
  // @ts-expect-error not loaded: cannot be iterated
  void [...post.tags]
  // @ts-expect-error needs the author loaded
  post.byline()
  post.author = user
  post.editor = null
  // @ts-expect-error not nullable
  post.author = null
  // @ts-expect-error wrong class
  post.author = tag
  post.tags.add(tag)
  // @ts-expect-error wrong class
  post.tags.add(user)
  post.tags.set([tag])
  // @ts-expect-error wrong class
  post.tags.set([user])
  // @ts-expect-error a list is replaced by set(), the property stays what it is
  post.tags = [tag]
}

export async function relationsLoaded(
  full: Loaded<Post, 'author' | 'editor' | 'tags' | 'comments.parent.author'>,
) {
  expectTypeOf(full.author.name).toEqualTypeOf<string>()
  expectTypeOf(full.author).toExtend<User>()
  expectTypeOf(full.editor).toExtend<User | null>()
  expectTypeOf(full.tags).toExtend<List<Tag>>()
  expectTypeOf(full.comments[0]?.parent?.author.name).toEqualTypeOf<string | undefined>()
  // @ts-expect-error comments.author was not asked for
  void full.comments[0]?.author.name
  const known: Loaded<User, 'profile'> = await session.load(user, 'profile')
  expectTypeOf(known.profile?.bio).toEqualTypeOf<string | undefined>()
  // @ts-expect-error there may be no profile
  void known.profile.bio
  const asUser: User = known
  full.byline()
  full.tags.set([tag])
  const asPost: Post = full
  // @ts-expect-error a plain Post is not a loaded one
  const back: Loaded<Post, 'author'> = asPost
  return [back, asUser]
}

export async function loading() {
  const chained = await session.select(Post).with('author').with('tags').one()
  expectTypeOf(chained.author.name).toEqualTypeOf<string>()
  expectTypeOf(chained.tags.length).toEqualTypeOf<number>()
  // @ts-expect-error no such relation
  session.select(Post).with('autor')
  // @ts-expect-error no such relation on the second level
  session.select(Post).with('comments.autor')
  // @ts-expect-error a column is not a relation
  session.select(Post).with('title')
  // @ts-expect-error the last of three paths is wrong
  session.select(Post).with('author', 'comments.author', 'comments.tags')
  const got = await session.get(Post, 1, { with: ['author', 'comments.author'] })
  expectTypeOf(got?.comments[0]?.author.name).toEqualTypeOf<string | undefined>()
  expectTypeOf((await post.load('author')).author.name).toEqualTypeOf<string>()
  const same: User = await user.load()
  // @ts-expect-error only the columns were loaded
  void same.posts.length
  const [several] = await session.load([user], 'posts.tags')
  expectTypeOf(several?.posts[0]?.tags[0]?.name).toEqualTypeOf<string | undefined>()
  const one = await session.load(user, 'posts')
  expectTypeOf(one.posts.length).toEqualTypeOf<number>()
}

export function construction() {
  void new Post({ title: 't', slug: 's', body: 'b' })
  void new Post({
    title: 't',
    slug: 's',
    body: 'b',
    author: user,
    editor: null,
    tags: [tag],
    views: 1,
    createdAt: new Date(),
  })
  // @ts-expect-error slug is missing
  void new Post({ title: 't', body: 'b' })
  // @ts-expect-error wrong type
  void new Post({ title: 1, slug: 's', body: 'b' })
  // @ts-expect-error unknown property
  void new Post({ title: 't', slug: 's', body: 'b', nope: 1 })
  // @ts-expect-error undefined is not a value of an optional column
  void new Post({ title: 't', slug: 's', body: 'b', views: undefined })
  // @ts-expect-error not one of the values
  void new User({ name: 'x', role: 'root' })
  // @ts-expect-error default of the wrong type
  int().default('1')
}

export function keys() {
  expectTypeOf<Key<Post>>().toEqualTypeOf<number>()
  expectTypeOf<Key<Comment>>().toEqualTypeOf<string>()
  expectTypeOf<Key<PostTag>>().toEqualTypeOf<{ postId: number; tagId: number }>()
  session.get(PostTag, { postId: 1, tagId: 2 })
  // @ts-expect-error composite key
  session.get(PostTag, 1)
  // @ts-expect-error half a key
  session.get(PostTag, { postId: 1 })
  // @ts-expect-error wrong type
  session.get(Post, '1')
}

export function conditions() {
  session.select(Post).where({ title: 'x', views: [1, 2], author: user, editor: null })
  session.select(Post).where(Post.c.published)
  // @ts-expect-error no such column
  session.select(Post).where({ titel: 'x' })
  // @ts-expect-error wrong type
  session.select(Post).where({ title: 1 })
  // @ts-expect-error null on a column that is not nullable
  session.select(Post).where({ title: null })
  // @ts-expect-error not a condition
  session.select(Post).where(Post.c.views)
  // @ts-expect-error undefined never means "no condition"
  session.select(Post).where({ authorId: undefined })
  // @ts-expect-error wrong type
  Post.c.views.gt('1')
  // @ts-expect-error no text operators on a number
  Post.c.views.like('1')
  Post.c.views.plus(1).gt(Post.c.authorId)
  // @ts-expect-error wrong entity
  Post.c.author.is(tag)
  Post.c.tags.any({ name: 'x' })
  // @ts-expect-error no such column
  Post.c.tags.any({ nam: 'x' })
  Post.c.authorId.in(session.select(User.c.id).where(User.c.name.like('a%')))
  // @ts-expect-error a subquery of another type
  Post.c.authorId.in(session.select(User.c.name))
}

export async function rows() {
  const row = await session
    .select({
      t: Post.c.title,
      a: Post.c.author.c.name,
      e: Post.c.editor.c.name,
      l: Post.c.editor.c.location,
      p: Post,
    })
    .one()
  expectTypeOf(row).toEqualTypeOf<{
    t: string
    a: string
    e: string | null
    l: string | null
    p: Post
  }>()
  const c = outer(Comment)
  const left = await session
    .select({ u: User, c, b: c.c.body, n: count() })
    .leftJoin(User.c.posts, c)
    .one()
  expectTypeOf(left).toEqualTypeOf<{ u: User; c: Comment | null; b: string | null; n: number }>()
  expectTypeOf(session.select(Post.c.views).one()).toEqualTypeOf<Promise<number>>()
  // @ts-expect-error a left join needs columns that may be null
  session.select({ u: User }).leftJoin(User.c.posts, Post)
}

export async function bulk() {
  session.insert(Tag).values({ name: 'x' })
  // @ts-expect-error a bulk insert needs the foreign key
  session.insert(Post).values({ title: 't', slug: 's', body: 'b' })
  // @ts-expect-error no such column
  session.insert(Tag).values({ name: 'x' }).onConflict(['nam']).doNothing()
  session.update(Post).set({ views: Post.c.views.plus(1), editorId: null })
  // @ts-expect-error wrong type
  session.update(Post).set({ views: Post.c.title })
  // The whole table is touched only by everyRow(): without rows named there is nothing to await.
  // @ts-expect-error not thenable
  void session.deleteFrom(Post).then
  // @ts-expect-error not thenable
  void session.update(Post).set({ views: 1 }).then
  expectTypeOf(await session.deleteFrom(Post).everyRow()).toEqualTypeOf<number>()
  expectTypeOf(await session.deleteFrom(Post).where({ id: 1 })).toEqualTypeOf<number>()
}

export async function kysely() {
  const row = await db.kysely
    .selectFrom('comment')
    .select(['parent_comment', 'created_at', 'post_id'])
    .executeTakeFirstOrThrow()
  expectTypeOf(row).toEqualTypeOf<{
    parent_comment: string | null
    created_at: Date
    post_id: number
  }>()
  await db.kysely.insertInto('users').values({ name: 'x' }).execute()
  // @ts-expect-error name is required
  db.kysely.insertInto('users').values({ role: 'admin' })
  // @ts-expect-error the property name is not the column name
  db.kysely.selectFrom('comment').select('replyTo')
  // @ts-expect-error explicit table name
  db.kysely.selectFrom('user')
}

export class WrongRelations extends Model({
  id: id(),
  // @ts-expect-error the other side has no such relation
  posts: () => hasMany(Post, 'writer'),
  // @ts-expect-error not a model
  when: () => belongsTo(Date),
  // @ts-expect-error the owner has no such relation
  tags: () => manyToMany(Tag, { inverse: 'pots' }),
}) {}
export class NotAColumn extends Model({
  // @ts-expect-error neither a column nor a relation
  id: 5,
}) {}
class NoColumn extends Model({ id: id(), owner: () => belongsTo(User) }) {}
class WrongType extends Model({ id: id(), ownerId: text(), owner: () => belongsTo(User) }) {}

export function wiring() {
  // @ts-expect-error owner: there is no column ownerId
  void new Database({ models: { User, NoColumn } })
  // @ts-expect-error ownerId has not the type of the primary key of User
  void new Database({ models: { User, WrongType } })
}

/** Mutual foreign keys, a self reference, a subclass of an entity. */
class Team extends Model({
  id: id(),
  leadId: int().nullable(),
  lead: () => belongsTo(Member),
  members: () => hasMany(Member, 'team'),
}) {}
class Member extends Model({
  id: id(),
  teamId: int(),
  team: () => belongsTo(Team),
  leads: () => hasMany(Team, 'lead'),
  bossId: int().nullable(),
  boss: () => belongsTo(Member),
  reports: () => hasMany(Member, 'boss'),
}) {
  async chain() {
    const team = await this.team.load()
    return (await team.lead?.load())?.boss
  }
}
class Admin extends User.extend({ level: bigint() }) {
  override get isAdmin() {
    return true
  }
}

export function classes() {
  void new Database({ models: { Team, Member } })
  const admin = new Admin({ name: 'x', level: 1n })
  expectTypeOf(admin.level).toEqualTypeOf<bigint>()
  expectTypeOf(admin.name).toEqualTypeOf<string>()
  expectTypeOf(admin).toExtend<User>()
}
