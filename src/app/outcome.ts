import { ConfigurationError } from '../errors/index.ts'

/** How a scope went, as a commit policy and the teardown listeners see it. */
export interface Outcome {
  /** What was thrown and not handled, or what the framework's error path answered. */
  readonly error?: unknown
  /** The reply's status, in the scope of a request. */
  readonly status?: number | undefined
  /** True when the client left, the time was up or a signal ended the scope before it was settled. */
  readonly aborted: boolean
  /** True when a commit of this scope's session has succeeded; to a policy: an explicit one. */
  readonly committed: boolean
  /** True when the reply's body follows as a stream. */
  readonly streaming: boolean
}

/**
 * Who commits: the program (`'manual'`), or athanor before the reply leaves: when all went well (`'onSuccess'`), or when a function says so.
 *
 * All went well when nothing was thrown, no error path of the framework ran and the status is below 400; redirects went well. A client that has gone
 * away does not make it a failure. `setRollbackOnly()` always wins.
 */
export type CommitPolicy = 'manual' | 'onSuccess' | ((outcome: Outcome) => boolean)

/** Whether nothing went wrong. */
export function isSuccess(outcome: Outcome): boolean {
  return outcome.error === undefined && (outcome.status ?? 200) < 400
}

/** Whether athanor commits. @throws {ConfigurationError} CONFIGURATION for a policy that there is not, which routes and adapters of programs without types may have. */
export function wantsCommit(policy: CommitPolicy, outcome: Outcome): boolean {
  if (typeof policy === 'function') return policy(outcome)
  if (policy === 'manual') return false
  if (policy === 'onSuccess') return isSuccess(outcome)
  throw new ConfigurationError(
    `Cannot use commit: "${String(policy)}". It is 'manual', 'onSuccess', or a function (outcome) => boolean.`,
    { info: { option: 'commit' } },
  )
}
