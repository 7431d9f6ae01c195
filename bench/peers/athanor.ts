import {
  Database,
  Model,
  belongsTo,
  boolean,
  decimal,
  id,
  int,
  json,
  manyToMany,
  text,
  timestamp,
} from 'athanor'
import type {
  Happening as HappeningRow,
  NewAuthor,
  NewPost,
  Peer,
  Post as PostRow,
  PostGraph,
} from './peer.ts'

class Author extends Model({ id: id(), name: text(), email: text() }) {}

class Tag extends Model({ id: id(), name: text() }) {}

class PostTag extends Model({
  postId: int().primaryKey(),
  tagId: int().primaryKey(),
  post: () => belongsTo(Post),
  tag: () => belongsTo(Tag),
}) {}

class Post extends Model({
  id: id(),
  authorId: int().index(),
  title: text(),
  body: text(),
  views: int(),
  published: int(),
  createdAt: int(),
  author: () => belongsTo(Author),
  tags: () => manyToMany(Tag, { through: () => PostTag }),
}) {}

class Happening extends Model({
  id: id(),
  groupId: int().index(),
  title: text(),
  active: boolean(),
  price: decimal(),
  at: timestamp(),
  payload: json<{ tags: string[]; depth: number }>(),
}) {}

/** athanor, as an application would write it: a scope for each operation, awaited calls, the session by look-up. */
class AthanorPeer implements Peer {
  readonly name = 'athanor'
  readonly #db: Database<{
    Author: typeof Author
    Tag: typeof Tag
    PostTag: typeof PostTag
    Post: typeof Post
    Happening: typeof Happening
  }>

  constructor(file: string) {
    this.#db = new Database({
      url: `sqlite:${file}`,
      engineOptions: { durability: 'off' },
      diagnostics: false, // as in production
      models: { Author, Tag, PostTag, Post, Happening },
    })
  }

  get(key: number): Promise<PostRow | null> {
    return this.#db.run(() => this.#db.session.get(Post, key))
  }

  getAll(keys: readonly number[]): Promise<readonly (PostRow | null)[]> {
    return this.#db.run(async () => {
      const posts: (PostRow | null)[] = []
      for (const key of keys) posts.push(await this.#db.session.get(Post, key))
      return posts
    })
  }

  list(authorId: number): Promise<readonly PostRow[]> {
    return this.#db.run(() =>
      this.#db.session.select(Post).where({ authorId }).orderBy(Post.c.id).limit(100).all(),
    )
  }

  modify(key: number, views: number): Promise<void> {
    return this.#db.run(async () => {
      const post = await this.#db.session.get(Post, key)
      if (post !== null) post.views = views
      await this.#db.session.commit()
    })
  }

  insert(
    author: NewAuthor,
    posts: readonly NewPost[],
  ): Promise<{ id: number; postIds: readonly number[] }> {
    return this.#db.run(async () => {
      const made = this.#db.session.add(new Author(author))
      const children = posts.map((post) =>
        this.#db.session.add(new Post({ ...post, author: made })),
      )
      await this.#db.session.commit()
      return { id: made.id, postIds: children.map((post) => post.id) }
    })
  }

  graph(after: number): Promise<readonly PostGraph[]> {
    return this.#db.run(() =>
      this.#db.session
        .select(Post)
        .where(Post.c.id.gt(after))
        .orderBy(Post.c.id)
        .limit(50)
        .with('author', 'tags')
        .all(),
    )
  }

  page(authorId: number): Promise<{ items: readonly PostRow[]; total: number }> {
    return this.#db.run(async () => {
      const posts = this.#db.session.select(Post).where({ authorId }).orderBy(Post.c.id)
      const { items, total } = await posts.paginate({ page: 3, perPage: 20 })
      return { items, total: total ?? 0 }
    })
  }

  updateMany(authorId: number, delta: number): Promise<void> {
    return this.#db.run(async () => {
      const posts = await this.#db.session
        .select(Post)
        .where({ authorId })
        .orderBy(Post.c.id)
        .limit(100)
        .all()
      for (const post of posts) post.views += delta
      await this.#db.session.commit()
    })
  }

  getHappening(key: number): Promise<HappeningRow | null> {
    return this.#db.run(() => this.#db.session.get(Happening, key))
  }

  listHappenings(groupId: number): Promise<readonly HappeningRow[]> {
    return this.#db.run(() =>
      this.#db.session
        .select(Happening)
        .where({ groupId })
        .orderBy(Happening.c.id)
        .limit(100)
        .all(),
    )
  }

  modifyHappening(key: number, depth: number): Promise<void> {
    return this.#db.run(async () => {
      const happening = await this.#db.session.get(Happening, key)
      if (happening !== null) happening.payload.depth = depth
      await this.#db.session.commit()
    })
  }

  moveHappenings(groupId: number, ms: number): Promise<void> {
    return this.#db.run(async () => {
      const { session } = this.#db
      const happenings = await session
        .select(Happening)
        .where({ groupId })
        .orderBy(Happening.c.id)
        .limit(100)
        .all()
      for (const happening of happenings) happening.at = new Date(happening.at.getTime() + ms)
      await session.commit()
    })
  }

  reset(): Promise<void> {
    return this.#db.run(async () => {
      await this.#db.session.deleteFrom(Post).where(Post.c.id.gt(5000))
      await this.#db.session.deleteFrom(Author).where(Author.c.id.gt(40))
      await this.#db.session.commit()
    })
  }

  close(): Promise<void> {
    return this.#db.dispose()
  }
}

export const openAthanor = (file: string): Peer => new AthanorPeer(file)
