import { ArgumentError, IllegalStateError, PendingRollbackError } from '../../errors/index.ts'
import type { IsolationLevel } from '../../engine/index.ts'
import { overlap, type Block } from './operation-queue.ts'
import type { SessionCore } from './session-core.ts'

/** Options of a transaction block. */
export interface TransactionOptions {
  /** Inside another block: a savepoint (default), part of it, or an error. */
  readonly nested?: 'savepoint' | 'join' | 'forbid'
  /** Isolation level of the outermost block. */
  readonly isolation?: IsolationLevel
  /** READ ONLY where the database knows it; a flush with work fails. */
  readonly readOnly?: boolean
  /** How often the whole function is run again after a serialization failure, a deadlock, or a lost connection that has stored nothing. Default 0; with `exactlyOnce` 10. */
  readonly retry?: number
  /**
   * Clears up a COMMIT whose answer was lost, by a token in the table `athanor_commit`: the work is stored once, also across a crash of the server, or an error says that it is not stored. One row
   * more in the first flight; COMMIT_OUTCOME_UNKNOWN only if the server stays away. One engine a transaction. Nothing to do on embedded databases. Default false. It does not cover a client that
   * sends its request twice.
   */
  readonly exactlyOnce?: boolean
}

/** Transaction blocks of one session: what they do at their end, and how they nest. */
export class Transactions {
  readonly #core: SessionCore

  constructor(core: SessionCore) {
    this.#core = core
  }

  /**
   * Runs `body` as a transaction: commits on return, rolls back on throw. Outermost it takes over what the session has begun by itself, pending changes included
   * (settled H6); inside another block it is a savepoint.
   */
  async run<T>(body: () => Promise<T> | T, options: TransactionOptions): Promise<T> {
    const core = this.#core
    core.checkMayBegin('begin a transaction')
    return core.asCall(() =>
      core.queue.enter((around) => {
        if (around === undefined) return this.#outermost(body, options)
        if (options.nested === 'forbid')
          throw new IllegalStateError(
            'Cannot begin a transaction: one is open around it, and { nested: "forbid" } was asked for.',
          )
        refuseInside(options)
        return options.nested === 'join' ? this.#joined(body) : this.#savepoint(around, body)
      }),
    )
  }

  /** Runs `body` in a savepoint, in a block or without one. */
  async nested<T>(body: () => Promise<T> | T): Promise<T> {
    this.#core.checkMayBegin('begin a savepoint')
    return this.#core.asCall(() =>
      this.#core.queue.enter((around) => this.#savepoint(around, body)),
    )
  }

  async #outermost<T>(body: () => Promise<T> | T, options: TransactionOptions): Promise<T> {
    const { queue } = this.#core
    const retries = this.#checkedRetries(options)
    let last: Block | undefined
    const attempt = (block: Block): Promise<T> => {
      last = block
      return this.#attempt(block, body, options)
    }
    for (let failures = 0; ; failures += 1) {
      try {
        return await queue.enter(() => queue.runBlock(undefined, attempt))
      } catch (error) {
        const hasCommitted = last !== undefined && queue.isFinished(last)
        if (failures >= retries || !isRetryable(error) || hasCommitted) throw error
        await pause(failures)
      }
    }
  }

  async #attempt<T>(
    block: Block,
    body: () => Promise<T> | T,
    options: TransactionOptions,
  ): Promise<T> {
    const { queue } = this.#core
    await this.#core.bound('begin a transaction', () => this.#begin(options))
    try {
      const result = await body()
      await queue.run(() => this.#finish(block))
      return result
    } catch (error) {
      throw await queue.run(() => this.#undo(error))
    }
  }

  #begin(options: TransactionOptions): void {
    const core = this.#core
    core.transaction.checkUsable('begin a transaction')
    core.boundaries.isExactlyOnce = options.exactlyOnce === true
    core.boundaries.setPolicy(options)
    core.transaction.begin()
  }

  async #finish(block: Block): Promise<void> {
    const core = this.#core
    core.boundaries.isExactlyOnce = false
    if (core.queue.isInFinishedBlock) return
    core.checkOpen('commit')
    if (!core.queue.isInnermost(block)) throw overlap()
    if (core.transaction.isRollbackOnly) await core.boundaries.rollbackNow()
    else {
      core.transaction.checkUsable('commit')
      await core.boundaries.commitNow()
    }
  }

  /** Rolls back, and gives the error that was the reason; what ROLLBACK itself threw is its `suppressed`. */
  async #undo(error: unknown): Promise<unknown> {
    this.#core.boundaries.isExactlyOnce = false
    const [failure] = await this.#core.boundaries.rollbackNow()
    if (failure !== undefined && error instanceof Error)
      Object.defineProperty(error, 'suppressed', { value: failure, configurable: true })
    return error
  }

  async #joined<T>(body: () => Promise<T> | T): Promise<T> {
    return body()
  }

  #savepoint<T>(around: Block | undefined, body: () => Promise<T> | T): Promise<T> {
    const core = this.#core
    return core.queue.runBlock(around, async (block) => {
      await core.bound('begin a savepoint', () => {
        core.checkUsable('begin a savepoint')
        return core.boundaries.beginSavepoint()
      })
      const { depth } = core.transaction
      try {
        const result = await body()
        await core.queue.run(() => this.#release(block))
        return result
      } catch (error) {
        await core.queue.run(() => this.#undoSavepoints(depth))
        throw error
      }
    })
  }

  async #release(block: Block): Promise<void> {
    const core = this.#core
    if (core.queue.isInFinishedBlock) return
    core.checkOpen('release the savepoint')
    if (!core.queue.isInnermost(block)) throw await this.#failOverlapping()
    if (core.transaction.isTopRollbackOnly) await core.boundaries.rollbackToSavepoint()
    else {
      core.transaction.checkUsable('release the savepoint')
      await core.boundaries.releaseSavepoint()
    }
  }

  /** Nobody can tell which of the blocks has done what: nothing of it is stored. */
  async #failOverlapping(): Promise<Error> {
    const error = overlap()
    await this.#core.boundaries.fail(error, 0)
    return error
  }

  /** Rolls back to the savepoint that is the `depth`th; those inside it go with it. */
  async #undoSavepoints(depth: number): Promise<void> {
    while (this.#core.transaction.depth >= depth) await this.#core.boundaries.rollbackToSavepoint()
  }

  #checkedRetries(options: TransactionOptions): number {
    const { retry = options.exactlyOnce === true ? EXACTLY_ONCE_RETRIES : 0 } = options
    if (!Number.isSafeInteger(retry) || retry < 0)
      throw new ArgumentError(
        `Cannot retry ${String(retry)} times. Give a whole number of at least 0.`,
      )
    if (isRepeatable(options) && (this.#core.hasWork || this.#core.connections.isHolding)) {
      throw new IllegalStateError(
        'Cannot begin a transaction with { retry } or { exactlyOnce }: the session has changes or a transaction from before the block, which a second run would not repeat. Begin it first, or commit before it.',
      )
    }
    return retry
  }
}

/** Runs of a block that is to happen exactly once, beyond the first: enough for a server that restarts, and for deadlocks. */
const EXACTLY_ONCE_RETRIES = 10

function isRepeatable({ retry = 0, exactlyOnce = false }: TransactionOptions): boolean {
  return retry > 0 || exactlyOnce
}

function refuseInside({ isolation, retry, exactlyOnce }: TransactionOptions): void {
  if (exactlyOnce === true)
    throw new IllegalStateError(
      'Cannot ask for { exactlyOnce } in a nested block: only the whole transaction is committed. Set it on the outermost block.',
    )
  if (isolation !== undefined)
    throw new IllegalStateError(
      `Cannot set the isolation ${isolation} in a nested block: the transaction around it has its level already. Set it on the outermost block.`,
    )
  if (retry !== undefined && retry > 0)
    throw new IllegalStateError(
      'Cannot retry a nested block: only the whole transaction can be run again. Set { retry } on the outermost block.',
    )
}

function isRetryable(error: unknown): boolean {
  const failure = error instanceof PendingRollbackError ? error.cause : error
  return failure instanceof Error && 'retryable' in failure && failure.retryable === true
}

/** Waits a little, longer each time and never the same, so that two transactions that met do not meet again. */
function pause(attempt: number): Promise<void> {
  const ms = Math.min(10 * 2 ** attempt, 500) * (0.5 + Math.random())
  return new Promise((resolve) => setTimeout(resolve, ms))
}
