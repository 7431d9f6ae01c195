import { Database, Model, id, index, int, text, varchar, type ModelMap } from 'athanor'
import { Comment, Post, Profile, Tag, User } from '../support/blog.ts'
import type { TestDatabase } from '../support/databases.ts'

/** Maps models past the compiler, which refuses many mistakes before they run. */
export const map = (models: unknown, options: object = {}): Database =>
  new Database<ModelMap>({ url: 'sqlite::memory:', models: models as never, ...options })

/** Posts `a` and `c` by ada, `b` by bob and edited by ada. `c` has two tags and two comments, `b` one tag. */
export async function threePosts({ session, sent }: TestDatabase): Promise<void> {
  const s = session()
  const ada = new User({ name: 'ada', profile: new Profile({ bio: 'mathematics' }) })
  const bob = new User({ name: 'bob' })
  const [x, y] = [new Tag({ name: 'x' }), new Tag({ name: 'y' })]
  const third = new Post({ title: 'c', author: ada, tags: [y, x] })
  third.comments.add(
    new Comment({ body: 'two', parent: new Comment({ body: 'one', post: third }) }),
  )
  s.addAll([
    new Post({ title: 'a', author: ada }),
    new Post({ title: 'b', author: bob, editor: ada, tags: [x] }),
    third,
  ])
  await s.commit()
  sent.clear()
}

/** Posts `a`, `b` and `c` by ada, with 0, 1 and 2 tags, and `d` by bob, which is published. */
export async function fourPosts({ session, sent }: TestDatabase): Promise<void> {
  const s = session()
  const ada = new User({ name: 'ada', profile: new Profile({ bio: 'mathematics' }) })
  const bob = new User({ name: 'bob' })
  const [x, y] = [new Tag({ name: 'x' }), new Tag({ name: 'y' })]
  const comments = [new Comment({ body: 'one' }), new Comment({ body: 'two' })]
  s.addAll([
    new Post({ title: 'a', views: 3, author: ada }),
    new Post({ title: 'b', views: 1, author: ada, editor: bob, tags: [x] }),
    new Post({ title: 'c', views: 2, author: ada, tags: [x, y], comments }),
    new Post({ title: 'd', views: 9, author: bob, published: true }),
  ])
  await s.commit()
  sent.clear()
}

/** Posts `post 0`, `post 1` …, each with an author, a tag and a comment of its own. */
export async function manyPosts({ session, sent }: TestDatabase, count: number): Promise<void> {
  const s = session()
  for (let i = 0; i < count; i += 1) {
    const author = new User({ name: `user ${i}` })
    const tags = [new Tag({ name: `tag ${i}` })]
    s.add(
      new Post({
        title: `post ${i}`,
        author,
        tags,
        comments: [new Comment({ body: `comment ${i}` })],
      }),
    )
  }
  await s.commit()
  sent.clear()
}

/** How often the client default of `Item.stock` was evaluated. */
export const evaluated = { times: 0 }

/** A row with defaults of all kinds, and a unique key of two columns. */
export class Item extends Model(
  {
    id: id(),
    shop: int().default(1),
    code: varchar(20),
    stock: int().default(() => (evaluated.times += 1)),
    state: varchar(20).serverDefault("'new'"),
    note: text().nullable().serverDefault("'none'"),
  },
  { indexes: (c) => [index(c.shop, c.code).unique()] },
) {}

/** Items `a`, `b` and `c`, of which there are ten each. */
export async function threeItems({ session, sent }: TestDatabase): Promise<void> {
  const s = session()
  await s.insert(Item).values(['a', 'b', 'c'].map((code) => ({ code, stock: 10 })))
  await s.commit()
  sent.clear()
}

/** Post `one` by ada, and a tag `x` that it has not got. */
export async function postAndTag({ session }: TestDatabase): Promise<void> {
  const s = session()
  s.addAll([new Post({ title: 'one', author: new User({ name: 'ada' }) }), new Tag({ name: 'x' })])
  await s.commit()
}
