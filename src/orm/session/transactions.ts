import { ArgumentError, IllegalStateError, PendingRollbackError } from '../../errors/index.ts'
import type { IsolationLevel } from '../../engine/index.ts'
import type { Block } from './operation-queue.ts'
import { policyOf, type SessionCore } from './session-core.ts'

/** Options of a transaction block. */
export interface TransactionOptions {
  /** Inside another block: a savepoint (default), part of it, or an error. */
  readonly nested?: 'savepoint' | 'join' | 'forbid'
  /** Isolation level of the outermost block. */
  readonly isolation?: IsolationLevel
  /** READ ONLY where the database knows it; a flush with work fails. */
  readonly readOnly?: boolean
  /** How often the whole function is run again after a serialization failure or deadlock. Default 0. */
  readonly retry?: number
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
    core.checkOpen('begin a transaction')
    const enclosing = await core.queue.enclosingBlock()
    if (enclosing === undefined) return this.#outermost(body, options)
    if (options.nested === 'forbid') throw new IllegalStateError('Cannot begin a transaction: one is open around it, and { nested: "forbid" } was asked for.')
    refuseInside(options)
    return options.nested === 'join' ? body() : this.#savepoint(enclosing, body)
  }

  /** Runs `body` in a savepoint, in a block or without one. */
  async nested<T>(body: () => Promise<T> | T): Promise<T> {
    this.#core.checkOpen('begin a savepoint')
    return this.#savepoint(await this.#core.queue.enclosingBlock(), body)
  }

  async #outermost<T>(body: () => Promise<T> | T, options: TransactionOptions): Promise<T> {
    const retries = this.#checkedRetries(options)
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#core.queue.runBlock(undefined, () => this.#attempt(body, options))
      } catch (error) {
        if (attempt >= retries || !isRetryable(error)) throw error
        await pause(attempt)
      }
    }
  }

  async #attempt<T>(body: () => Promise<T> | T, options: TransactionOptions): Promise<T> {
    const core = this.#core
    const usual = core.connections.policy
    await core.queue.run(() => this.#setPolicy(options))
    try {
      const result = await body()
      await core.queue.run(() => this.#finish())
      return result
    } catch (error) {
      await core.queue.run(() => core.rollbackNow())
      throw error
    } finally {
      core.connections.policy = usual
    }
  }

  async #setPolicy(options: TransactionOptions): Promise<void> {
    const core = this.#core
    core.transaction.checkUsable('begin a transaction')
    if (options.isolation === undefined && options.readOnly === undefined) return
    if (core.connections.isHolding) {
      throw new IllegalStateError('Cannot set the isolation of this transaction: it has begun in the database already. Open the block before the first write, or in a scope of its own.')
    }
    core.connections.policy = policyOf(core.context, options)
  }

  async #finish(): Promise<void> {
    const core = this.#core
    core.transaction.checkUsable('commit')
    if (core.transaction.isRollbackOnly) await core.rollbackNow()
    else await core.commitNow()
  }

  async #savepoint<T>(enclosing: Block | undefined, body: () => Promise<T> | T): Promise<T> {
    const core = this.#core
    return core.queue.runBlock(enclosing, async () => {
      await core.queue.run(async () => {
        core.transaction.checkUsable('begin a savepoint')
        core.transaction.autobegin()
        await core.flushNow('beginNested')
        await core.transaction.beginSavepoint()
      })
      const { depth } = core.transaction
      try {
        const result = await body()
        await core.queue.run(() => this.#endSavepoint(depth))
        return result
      } catch (error) {
        await core.queue.run(() => this.#undoSavepoint(depth))
        throw error
      }
    })
  }

  async #endSavepoint(depth: number): Promise<void> {
    const core = this.#core
    this.#checkStillOpen(depth)
    core.transaction.checkUsable('release the savepoint')
    if (core.transaction.isTopRollbackOnly) {
      await core.rollbackToSavepoint()
      return
    }
    await core.flushNow('release')
    await core.transaction.releaseSavepoint()
  }

  async #undoSavepoint(depth: number): Promise<void> {
    if (this.#core.transaction.depth === depth) await this.#core.rollbackToSavepoint()
  }

  #checkStillOpen(depth: number): void {
    if (this.#core.transaction.depth === depth) return
    throw new IllegalStateError('Cannot end the savepoint: this savepoint is closed, because its transaction was committed or rolled back inside the block. Leave that to the end of the block.')
  }

  #checkedRetries({ retry = 0 }: TransactionOptions): number {
    if (!Number.isSafeInteger(retry) || retry < 0) throw new ArgumentError(`Cannot retry ${String(retry)} times. Give a whole number of at least 0.`)
    if (retry > 0 && (this.#core.hasWork || this.#core.connections.isHolding)) {
      throw new IllegalStateError('Cannot begin a transaction with { retry }: the session has changes or a transaction from before the block, which a second run would not repeat. Begin it first, or commit before it.')
    }
    return retry
  }
}

function refuseInside({ isolation, retry }: TransactionOptions): void {
  if (isolation !== undefined) throw new IllegalStateError(`Cannot set the isolation ${isolation} in a nested block: the transaction around it has its level already. Set it on the outermost block.`)
  if (retry !== undefined && retry > 0) throw new IllegalStateError('Cannot retry a nested block: only the whole transaction can be run again. Set { retry } on the outermost block.')
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
