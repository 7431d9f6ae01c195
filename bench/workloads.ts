import { AUTHORS, HAPPENINGS, NEW_AUTHOR, NEW_POSTS, POSTS } from './data.ts'
import type { Happening, Peer, Post, PostGraph } from './peers/peer.ts'

export interface Workload {
  readonly name: string
  readonly title: string
  /** Operations in one call of `run`; the results are per operation. */
  readonly operations: number
  /** The n-th call; what it asks for depends on n only. */
  run(peer: Peer, n: number): unknown
  /** What the workload leaves or answers, as plain data: the same for every peer. */
  observe(peer: Peer): Promise<unknown>
}

const GETS = 100
const keyOf = (n: number): number => ((n * 7) % POSTS) + 1
const authorOf = (n: number): number => (n % AUTHORS) + 1
const groupOf = (n: number): number => (n % 10) + 1
const keysFrom = (n: number): number[] =>
  Array.from({ length: GETS }, (_, k) => keyOf(n * GETS + k))

const plainPost = (post: Post | null): unknown =>
  post && [
    post.id,
    post.authorId,
    post.title,
    post.body,
    post.views,
    post.published,
    post.createdAt,
  ]
const plainGraph = (post: PostGraph): unknown => [
  plainPost(post),
  [post.author.id, post.author.name, post.author.email],
  post.tags.map((tag) => tag.name).toSorted(),
]
const plainHappening = (row: Happening | null): unknown =>
  row && [row.id, row.groupId, row.title, row.active, row.price, row.at, { ...row.payload }]

/** The workloads of docs/performance.md. Names are stable: results are compared by them. */
export const WORKLOADS: readonly Workload[] = [
  {
    name: 'a',
    title: 'get by key, in a scope of its own',
    operations: 1,
    run: (peer, n) => peer.get(keyOf(n)),
    observe: async (peer) => [plainPost(await peer.get(17)), await peer.get(POSTS + 1)],
  },
  {
    name: 'a2',
    title: 'get inside an open scope, not loaded',
    operations: GETS,
    run: (peer, n) => peer.getAll(keysFrom(n)),
    observe: async (peer) => (await peer.getAll(keysFrom(3))).map(plainPost),
  },
  {
    name: 'a3',
    title: 'get inside an open scope, already loaded',
    operations: GETS,
    run: (peer, n) => peer.getAll(Array.from({ length: GETS }, () => keyOf(n))),
    observe: async (peer) => (await peer.getAll([5, 5, 5])).map(plainPost),
  },
  {
    name: 'b',
    title: 'list 100 rows by filter, order, limit',
    operations: 1,
    run: (peer, n) => peer.list(authorOf(n)),
    observe: async (peer) => (await peer.list(3)).map(plainPost),
  },
  {
    name: 'c',
    title: 'get, modify one column, commit',
    operations: 1,
    run: (peer, n) => peer.modify(keyOf(n), 10_000 + n),
    observe: async (peer) => {
      await peer.modify(40, 123_456)
      return plainPost(await peer.get(40))
    },
  },
  {
    name: 'd',
    title: 'insert 1 author and 100 posts, commit, all keys known',
    operations: 1,
    run: (peer) => peer.insert(NEW_AUTHOR, NEW_POSTS),
    observe: async (peer) => {
      const { id, postIds } = await peer.insert(NEW_AUTHOR, NEW_POSTS)
      const stored = await peer.list(id)
      const distinct = new Set(postIds).size
      const known = stored.every((post) => postIds.includes(post.id))
      return { distinct, known, rows: stored.map(({ title, body, views }) => [title, body, views]) }
    },
  },
  {
    name: 'e',
    title: '50 posts with author and tags',
    operations: 1,
    run: (peer, n) => peer.graph((n * 50) % (POSTS - 50)),
    observe: async (peer) => (await peer.graph(1000)).map(plainGraph),
  },
  {
    name: 'f',
    title: 'page 3 of 20 with total',
    operations: 1,
    run: (peer, n) => peer.page(authorOf(n)),
    observe: async (peer) => {
      const { items, total } = await peer.page(5)
      return { items: items.map(plainPost), total }
    },
  },
  {
    name: 'g',
    title: 'update 100 loaded objects, one commit',
    operations: 1,
    run: (peer, n) => peer.updateMany(authorOf(n), 1),
    observe: async (peer) => {
      await peer.updateMany(7, 5)
      return (await peer.list(7)).map(plainPost)
    },
  },
  {
    name: 'types-a',
    title: 'a, columns converted',
    operations: 1,
    run: (peer, n) => peer.getHappening((n % HAPPENINGS) + 1),
    observe: async (peer) => plainHappening(await peer.getHappening(9)),
  },
  {
    name: 'types-b',
    title: 'b, columns converted',
    operations: 1,
    run: (peer, n) => peer.listHappenings(groupOf(n)),
    observe: async (peer) => (await peer.listHappenings(2)).map(plainHappening),
  },
  {
    name: 'types-c',
    title: 'c, JSON changed in place',
    operations: 1,
    run: (peer, n) => peer.modifyHappening((n % HAPPENINGS) + 1, 1_000 + n),
    observe: async (peer) => {
      await peer.modifyHappening(11, 77)
      return plainHappening(await peer.getHappening(11))
    },
  },
  {
    name: 'types-g',
    title: 'g, timestamps',
    operations: 1,
    run: (peer, n) => peer.moveHappenings(groupOf(n), 3_600_000),
    observe: async (peer) => {
      await peer.moveHappenings(4, 1_000)
      return (await peer.listHappenings(4)).map(plainHappening)
    },
  },
]
