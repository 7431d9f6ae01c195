import { IllegalStateError } from '../../errors/index.ts'

/** A transaction block that is open on a session; `parent` is the block around it. */
export interface Block {
  readonly parent: Block | undefined
  /** Resolves when the block has ended. */
  readonly ended: Promise<void>
}

/** Tells which block the caller runs in; the app knows it from its async context, a session without an app does not. */
export interface Tasks {
  current(): unknown
  run<T>(task: object, fn: () => T): T
}

/**
 * Runs the operations of one session one after the other, in the order of their calls, whatever `Promise.all` does (settled D15). While a transaction block is open
 * only operations started inside it run; all others wait for its end (settled H7).
 */
export class OperationQueue {
  readonly #tasks: Tasks | undefined
  readonly #waiting: (() => void)[] = []
  #isRunning = false
  #block: Block | undefined

  constructor(tasks: Tasks | undefined) {
    this.#tasks = tasks
  }

  /** The innermost open block. */
  get block(): Block | undefined {
    return this.#block
  }

  /** Nothing runs and nothing stands in the way of the caller. */
  get isFree(): boolean {
    return !this.#isRunning && (this.#block === undefined || this.isInside(this.#block))
  }

  /** Operations that have been called and not begun, and the one that runs. */
  get pending(): number {
    return this.#waiting.length + Number(this.#isRunning)
  }

  /** Runs `operation` at its turn. */
  async run<T>(operation: () => Promise<T> | T): Promise<T> {
    while (this.#block !== undefined && !this.isInside(this.#block)) await this.#block.ended
    if (this.#isRunning) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#isRunning = true
    try {
      return await operation()
    } finally {
      this.#next()
    }
  }

  /** Waits for the operations that were called before. */
  async idle(): Promise<void> {
    if (!this.#isRunning) return
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#next()
  }

  #next(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#isRunning = false
    else next()
  }

  /** Whether the caller runs inside `block`. Without an app nobody can tell, and every caller counts as inside. */
  isInside(block: Block): boolean {
    if (this.#tasks === undefined) return true
    for (let task = this.#tasks.current() as Block | undefined; task !== undefined; task = task.parent) if (task === block) return true
    return false
  }

  /** Waits until no block is open but one that the caller runs in; gives that one. */
  async enclosingBlock(): Promise<Block | undefined> {
    while (this.#block !== undefined && !this.#isAround(this.#block)) await this.#block.ended
    return this.#block
  }

  #isAround(block: Block): boolean {
    if (this.isInside(block)) return true
    if (block.parent !== undefined && this.isInside(block.parent)) throw overlap()
    return false
  }

  /** Opens a block inside `parent` and runs `body` in it. */
  async runBlock<T>(parent: Block | undefined, body: () => Promise<T>): Promise<T> {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const block: Block = { parent, ended }
    this.#block = block
    try {
      return await (this.#tasks === undefined ? body() : this.#tasks.run(block, body))
    } finally {
      const isInnermost = this.#block === block
      this.#block = parent
      end()
      if (!isInnermost) throw overlap() // oxlint-disable-line no-unsafe-finally -- an outer block that ends before its inner one has lost its savepoint: no result of it may be believed
    }
  }
}

function overlap(): IllegalStateError {
  return new IllegalStateError('Cannot open a nested transaction block: a sibling of it is still open on this session, and two savepoints cannot overlap. Await the first block before the second, or give one a session of its own with db.scope.fork().')
}
