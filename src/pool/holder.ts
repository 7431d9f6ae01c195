/** Who asks for a connection or holds one: a scope or a session, as messages name it. */
export interface Holder {
  /** `GET /posts/:id`, `job nightly`, `session opened at app.ts:3:1`. */
  readonly name: string
  /** The holder inside which this one was opened: what it holds cannot come free while this one waits. */
  readonly parent: Holder | undefined
  /** Whether it holds connections for long on purpose, so that nobody is warned. Default false. */
  readonly holdsLong?: boolean
  /** Ends what it waits for, on the server too, when it aborts. */
  readonly signal?: AbortSignal | undefined
}

/** Whether `asker` was opened inside `holder`. */
export function isInside(asker: Holder, holder: Holder): boolean {
  for (let around = asker.parent; around !== undefined; around = around.parent)
    if (around === holder) return true
  return false
}
