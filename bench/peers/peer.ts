/** A row of the table that most workloads read: seven columns that need no conversion. */
export interface Post {
  readonly id: number
  readonly authorId: number
  readonly title: string
  readonly body: string
  readonly views: number
  readonly published: number
  readonly createdAt: number
}
export type NewPost = Omit<Post, 'id' | 'authorId'>
export interface NewAuthor {
  readonly name: string
  readonly email: string
}
export interface PostGraph extends Post {
  readonly author: NewAuthor & { readonly id: number }
  readonly tags: readonly { readonly name: string }[]
}

/** A row whose columns are converted on their way to the database and back. */
export interface Happening {
  readonly id: number
  readonly groupId: number
  readonly title: string
  readonly active: boolean
  readonly price: string
  readonly at: Date
  readonly payload: { readonly tags: readonly string[]; readonly depth: number }
}

type Maybe<T> = T | Promise<T>

/**
 * One way to do the work of all workloads, written as an application would write it.
 *
 * Each peer has a file of its own: two SQLite libraries in one process must not open the same one.
 */
export interface Peer {
  readonly name: string
  /** a: one post by its key, in a unit of work of its own. */
  get(id: number): Maybe<Post | null>
  /** a2 and a3: many gets, one after the other, inside one unit of work. */
  getAll(ids: readonly number[]): Maybe<readonly (Post | null)[]>
  /** b: the first 100 posts of an author, by id. */
  list(authorId: number): Maybe<readonly Post[]>
  /** c: get, change one column, commit. */
  modify(id: number, views: number): Maybe<void>
  /** d: one author with posts, commit; all generated keys are known afterwards. */
  insert(
    author: NewAuthor,
    posts: readonly NewPost[],
  ): Maybe<{ readonly id: number; readonly postIds: readonly number[] }>
  /** e: 50 posts after an id, each with its author and tags. */
  graph(after: number): Maybe<readonly PostGraph[]>
  /** f: page 3 of 20 posts of an author, and how many there are. */
  page(authorId: number): Maybe<{ readonly items: readonly Post[]; readonly total: number }>
  /** g: load 100 posts of an author, change each, one commit. */
  updateMany(authorId: number, delta: number): Maybe<void>
  /** types-a. */
  getHappening(id: number): Maybe<Happening | null>
  /** types-b. */
  listHappenings(groupId: number): Maybe<readonly Happening[]>
  /** types-c: get, add to the payload in place, commit. */
  modifyHappening(id: number, depth: number): Maybe<void>
  /** types-g: load 100, move each by an hour, one commit. */
  moveHappenings(groupId: number, ms: number): Maybe<void>
  /** Takes away what `insert` stored, so that every round meets the same tables. Not timed. */
  reset(): Maybe<void>
  close(): Maybe<void>
}
