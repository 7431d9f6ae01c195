import { ArgumentError } from '../errors/index.ts'

/** @throws {ArgumentError} ARGUMENT where there is no function to run; `call` is how it should look. */
export function checkFunction(fn: unknown, call: string): void {
  if (typeof fn === 'function') return
  throw new ArgumentError(`Cannot run a value of type ${typeof fn}: write ${call}.`)
}

/** @throws {ArgumentError} ARGUMENT for what is no query, such as a model. */
export function checkQuery(query: unknown, helper: string): void {
  const { all, paginate } = Object(query) as { readonly all?: unknown; readonly paginate?: unknown }
  if (typeof all === 'function' && typeof paginate === 'function') return
  throw new ArgumentError(
    `Cannot ${helper} a ${typeof query}: it takes a query, such as Post.query() or db.select(Post).where({ … }).`,
  )
}
