/** A value that an embedded database has at once and a network database has later. Await it; it costs a microtask at most. */
export type MaybePromise<T> = T | Promise<T>

/**
 * What `next` makes of a value, at once where the value is here. For what stands between a session and its driver, instead of `async`: a get that passes ten
 * async functions costs 1.6 µs more than one that passes none, of 5.2 µs.
 */
export function andThen<T, U>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<U>,
): MaybePromise<U> {
  // oxlint-disable-next-line promise/no-callback-in-promise -- it is no callback of a Node API, but the next step
  return value instanceof Promise ? value.then(next) : next(value)
}

/** Runs `body`, and `end` when it has ended, however that is. */
export function andFinally<T>(body: () => MaybePromise<T>, end: () => void): MaybePromise<T> {
  let result: MaybePromise<T>
  try {
    result = body()
  } catch (error) {
    end()
    throw error
  }
  if (result instanceof Promise) return result.finally(end)
  end()
  return result
}

/** What `body` gives, or throws, as a promise; one that is there already is given as it is. */
export function promiseOf<T>(body: () => MaybePromise<T>): Promise<T> {
  try {
    const result = body()
    return result instanceof Promise ? result : Promise.resolve(result)
  } catch (error) {
    return Promise.reject(error)
  }
}
