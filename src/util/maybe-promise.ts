/** A value that an embedded database has at once and a network database has later. Await it; it costs a microtask at most. */
export type MaybePromise<T> = T | Promise<T>
