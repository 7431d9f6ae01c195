import { watchStatements, type RecordedQuery, type Watched } from '../app/index.ts'
import type { StatementKind } from '../engine/index.ts'

/** What a function sent to the databases. */
export interface CountedStatements<T> {
  /** How many statements; those that only begin or end transactions and savepoints are not counted. */
  readonly count: number
  /** What each statement does, in the order of their ends, transactions included: `['begin', 'insert', 'commit']`. The same on every database. */
  readonly kinds: readonly StatementKind[]
  /** The statements, transactions included: texts, values, times, and where the program asked for them. */
  readonly queries: readonly RecordedQuery[]
  /** What the function gave. */
  readonly result: T
}

/**
 * Runs `fn` and gives the statements that were sent meanwhile: with a Database all of its engines' statements, whoever sent them, so that requests over a real socket count too; with a scope those of
 * the scope and of the scopes inside it. Needs no `recordQueries`. What `fn` throws is thrown.
 *
 * ```ts
 * import { Database, Model, id, varchar } from 'athanor'
 * import { countStatements } from 'athanor/testing'
 *
 * class Post extends Model({ id: id(), title: varchar(200) }) {}
 * const db = new Database({ url: 'sqlite::memory:', models: { Post } })
 * await db.createAll()
 * const { count, kinds } = await countStatements(db, () =>
 *   db.run(() => db.session.add(new Post({ title: 'Hello' })), { commit: 'onSuccess' }),
 * )
 * count // => 1
 * kinds // => ['begin', 'insert', 'commit']
 * await db.dispose()
 * ```
 * @since 0.2
 */
export async function countStatements<T>(
  target: Watched,
  fn: () => Promise<T> | T,
): Promise<CountedStatements<T>> {
  const queries: RecordedQuery[] = []
  const kinds: StatementKind[] = []
  let count = 0
  const watch = watchStatements(target, (query) => {
    queries.push(query)
    if (!query.isBoundary) count += 1
    // what other databases say in BEGIN itself
    if (!(query.isBoundary && query.kind === 'other')) kinds.push(query.kind)
  })
  try {
    const result = await fn()
    return { count, kinds, queries, result }
  } finally {
    watch[Symbol.dispose]()
  }
}
