import { type CallSite, NoScopeError, ScopeClosedError } from '../errors/index.ts'

/** How a scope came to its end, for those who use it afterwards. */
export interface ScopeStory {
  readonly name: string
  /** Where it was opened; known in diagnostics mode. */
  readonly openedAt: CallSite | undefined
  /** Where it was closed, unless the library closed it. */
  readonly closedAt: CallSite | undefined
  /** Why it ended: `its reply 200 was handed over`. */
  readonly reason: string
}

/** The error of a use after the end: what, which scope, where it was opened, where and why it ended, what to do. */
export function scopeClosedError(operation: string, story: ScopeStory): ScopeClosedError {
  const openedAt = siteOf(story.openedAt)
  const closedAt = siteOf(story.closedAt)
  const opened = openedAt === undefined ? '' : `, opened at ${openedAt},`
  const closed = closedAt === undefined ? '' : ` at ${closedAt}`
  return new ScopeClosedError(
    `Cannot ${operation}: the scope "${story.name}"${opened} has ended${closed}: ${story.reason}. Await the work before the scope ends, or give it a scope of its own with db.run().`,
    { info: { operation, scope: story.name, openedAt, closedAt, reason: story.reason } },
  )
}

/** The error of a use where no scope is open. */
export function noScopeError(operation: string): NoScopeError {
  return new NoScopeError(
    `Cannot ${operation}: there is no open scope here. In a web application register the adapter before your routes (await app.register(athanor, { db })); in a job, a command or a test wrap the work: await db.run(async () => { … }). A function called by an event emitter or a socket leaves the scope: give it one with db.wrap(fn), or keep the scope with scope.bind(fn).`,
    { info: { operation } },
  )
}

function siteOf(site: CallSite | undefined): string | undefined {
  const text = site?.toString()
  return text === '<unknown>' ? undefined : text
}
