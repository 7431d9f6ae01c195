import { NoScopeError } from '../../errors/index.ts'
import type { Session } from './session.ts'

/** A database as `Post.query()` sees it. */
export interface QueryScope {
  /** Whether the model is one of its own. */
  knows(model: object): boolean
  /** The session of the open scope, if there is one here. */
  currentSession(): Session | undefined
  /** For messages. */
  readonly name: string
}

const databases = new Set<WeakRef<QueryScope>>()

/** Lets `Post.query()` find the open scope of a database, which is held weakly, until the function that it gives is called. */
export function registerQueryScope(database: QueryScope): () => void {
  const reference = new WeakRef(database)
  databases.add(reference)
  return () => void databases.delete(reference)
}

/** The session that a model's own query runs in. @throws {NoScopeError} NO_SCOPE when no database that knows the model has an open scope here, or two have. */
export function sessionFor(model: Function): Session {
  const open: { readonly session: Session; readonly name: string }[] = []
  for (const reference of databases) {
    const database = reference.deref()
    if (database === undefined) databases.delete(reference)
    else if (database.knows(model)) {
      const session = database.currentSession()
      if (session !== undefined) open.push({ session, name: database.name })
    }
  }
  const [only] = open
  if (only !== undefined && open.length === 1) return only.session
  if (open.length > 1) {
    throw new NoScopeError(
      `Cannot run a query of ${model.name}: two databases have an open scope here (${open.map(({ name }) => name).join(', ')}). Say which one: db.session.select(${model.name}).`,
    )
  }
  throw new NoScopeError(
    `Cannot run a query of ${model.name}: no database that knows it has an open scope here. Register the adapter of your framework, or wrap the work in db.run(async () => { … }); a test may use db.run as well. The session is looked up when the query is executed, so await it inside.`,
  )
}
