import { IllegalStateError } from '../../errors/index.ts'
import { andThen, type MaybePromise } from '../../util/index.ts'

/** A place in the app's async context: a transaction block, or a listener in the middle of an operation. */
export interface Task {
  /** The place in which this one was entered, of whatever session. */
  readonly parent: Task | undefined
}

/** A transaction block that is open on a session. */
export interface Block extends Task {
  /** The block of the same session in which this one is a savepoint. */
  readonly around: Block | undefined
  /** Resolves when the block has ended. */
  readonly ended: Promise<void>
}

/** Tells where the caller runs; the app knows it from its async context, a session without an app does not. */
export interface Tasks {
  current(): unknown
  run<T>(task: object, fn: () => T): T
}

/** Whether an operation only reads, and in such a way that it may run beside others like it. Asked when its turn has come. */
export type MayShare = () => boolean

interface Turn {
  readonly mayShare: MayShare
  readonly begin: () => void
}

const ALONE: MayShare = () => false

/** Operations that run one after the other, in the order of their calls; those that may share, and are called in the same tick, side by side. */
class Line implements Task {
  readonly parent: Task | undefined
  readonly #waiting: Turn[] = []
  #running = 0
  /** Whether what runs may share, and began in this tick. */
  #isJoinable = false

  constructor(parent?: Task) {
    this.parent = parent
  }

  get isFree(): boolean {
    return this.#running === 0
  }

  /** Takes the turn: at once when nothing stands in the way, else what it gives resolves when it has come. */
  take(mayShare: MayShare = ALONE): Promise<void> | undefined {
    const isNext = this.#waiting.length === 0
    if (this.#running > 0 && !(isNext && this.#isJoinable && mayShare()))
      return new Promise((begin) => this.#waiting.push({ mayShare, begin }))
    this.#start(this.#running === 0 && mayShare !== ALONE && mayShare())
    return undefined
  }

  /** Hands the turn to the next, and to those behind it that may share it. */
  leave(): void {
    this.#running -= 1
    if (this.#running > 0) return
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#start(shares(next))
      next.begin()
      const [following] = this.#waiting
      if (!this.#isJoinable || following === undefined || !shares(following)) return
    }
  }

  /** Waits for the operations that were called before. */
  idle(): MaybePromise<void> {
    return andThen(this.take(), () => this.leave())
  }

  /** One more runs; the first of those that run side by side says whether others may join it. */
  #start(isJoinable: boolean): void {
    this.#running += 1
    if (!isJoinable) return
    this.#isJoinable = true
    process.nextTick(() => (this.#isJoinable = false))
  }
}

async function leaveAfter<T>(line: Line, pending: Promise<T>): Promise<T> {
  try {
    return await pending
  } finally {
    line.leave()
  }
}

/** What cannot be answered fails when the operation itself runs. */
function shares({ mayShare }: Turn): boolean {
  try {
    return mayShare()
  } catch {
    return false
  }
}

/**
 * Runs the operations of one session one after the other, in the order of their calls, whatever `Promise.all` does (settled D15). While a transaction block is open
 * only operations started inside it run; all others wait for its end (settled H7).
 */
export class OperationQueue {
  readonly #tasks: Tasks | undefined
  readonly #line = new Line()
  /** Lines of listeners that the running operation waits for, outermost first. */
  readonly #lent: Line[] = []
  /** Blocks whose transaction or savepoint is over, though their function may go on. */
  #finished: WeakSet<Task> | undefined
  #block: Block | undefined

  constructor(tasks: Tasks | undefined) {
    this.#tasks = tasks
  }

  /** Whether the caller runs inside a transaction block. */
  get isInBlock(): boolean {
    return this.#block !== undefined && this.#isInside(this.#block)
  }

  /** Whether the caller runs inside a block whose transaction or savepoint is over. */
  get isInFinishedBlock(): boolean {
    if (this.#finished === undefined) return false
    for (
      let each = this.#tasks === undefined ? this.#block : this.#current();
      each !== undefined;
      each = each.parent
    )
      if (this.#finished.has(each)) return true
    return false
  }

  /** Nothing runs and nothing stands in the way of the caller. */
  get isFree(): boolean {
    return this.#lineOfCaller().isFree && (this.#block === undefined || this.#isInside(this.#block))
  }

  /** Whether the caller is a listener in the middle of an operation. */
  get isInListener(): boolean {
    return this.#lineOfCaller() !== this.#line
  }

  /**
   * Runs `operation` at its turn: at once where nothing stands in its way. One that had to wait gives its result some microtasks after its end, so that what was called
   * before it settles before it.
   */
  run<T>(operation: () => MaybePromise<T>, mayShare?: MayShare): MaybePromise<T> {
    if (this.#block !== undefined && !this.#isInside(this.#block))
      return this.#runBehind(this.#block, operation, mayShare)
    const line = this.#lineOfCaller()
    const turn = line.take(mayShare)
    if (turn !== undefined) return turn.then(operation).finally(() => line.leave())
    let result: MaybePromise<T>
    try {
      result = operation()
    } catch (error) {
      line.leave()
      throw error
    }
    if (result instanceof Promise) return leaveAfter(line, result)
    line.leave()
    return result
  }

  async #runBehind<T>(
    block: Block,
    operation: () => MaybePromise<T>,
    mayShare: MayShare | undefined,
  ): Promise<T> {
    await block.ended
    return this.run(operation, mayShare)
  }

  /** Runs `listener` in the middle of the running operation. What it starts on this session runs at once: it cannot wait for an operation that waits for the listener. */
  async lend<T>(listener: () => Promise<T> | T): Promise<T> {
    const line = new Line(this.#current())
    this.#lent.push(line)
    try {
      return await this.#runIn(line, listener)
    } finally {
      await line.idle()
      this.#lent.splice(this.#lent.indexOf(line), 1)
    }
  }

  /** Waits for the operations that were called before. */
  idle(): MaybePromise<void> {
    return this.#line.idle()
  }

  /** Calls `open` as soon as no block is open but one that the caller runs in, with that block. `open` must open its own without waiting for anything. */
  async enter<T>(open: (around: Block | undefined) => Promise<T>): Promise<T> {
    while (this.#block !== undefined && !this.#isAround(this.#block)) await this.#block.ended
    return open(this.#block)
  }

  /** Whether the transaction of `block` was over before the block ended. */
  isFinished(block: Block): boolean {
    return this.#finished?.has(block) === true
  }

  /** Opens a block inside `around` and runs `body` in it. */
  async runBlock<T>(around: Block | undefined, body: (block: Block) => Promise<T>): Promise<T> {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const block: Block = { parent: this.#current(), around, ended }
    this.#block = block
    try {
      return await this.#runIn(block, () => body(block))
    } finally {
      this.#close(block)
      end()
    }
  }

  /** Whether no block inside `block` is still open, and none that was around it has ended. */
  isInnermost(block: Block): boolean {
    return this.#block === block
  }

  /** The transaction is over: nothing more may run in the blocks that are open. */
  finishBlocks(): void {
    for (const block of this.#openBlocks()) this.#finish(block)
  }

  #close(block: Block): void {
    const open = [...this.#openBlocks()]
    const place = open.indexOf(block)
    if (place < 0) return // the block around it has ended before
    for (const inner of open.slice(0, place)) this.#finish(inner)
    this.#block = block.around
  }

  #finish(block: Block): void {
    this.#finished ??= new WeakSet()
    this.#finished.add(block)
  }

  /** From the innermost outwards. */
  *#openBlocks(): Generator<Block> {
    for (let block = this.#block; block !== undefined; block = block.around) yield block
  }

  #isAround(block: Block): boolean {
    if (this.#isInside(block)) return true
    if (block.around !== undefined && this.#isInside(block.around)) throw overlap()
    return false
  }

  /** Whether the caller runs inside `task`. Without an app nobody can tell, and every caller counts as inside. */
  #isInside(task: Task): boolean {
    if (this.#tasks === undefined) return true
    for (let each = this.#current(); each !== undefined; each = each.parent)
      if (each === task) return true
    return false
  }

  #lineOfCaller(): Line {
    if (this.#lent.length === 0) return this.#line
    return this.#lent.findLast((line) => this.#isInside(line)) ?? this.#line
  }

  #current(): Task | undefined {
    return this.#tasks?.current() as Task | undefined
  }

  #runIn<T>(task: Task, fn: () => Promise<T> | T): Promise<T> | T {
    return this.#tasks === undefined ? fn() : this.#tasks.run(task, fn)
  }
}

/** The error of two blocks of which neither is inside the other. */
export function overlap(): IllegalStateError {
  return new IllegalStateError(
    'Cannot open a nested transaction block: a sibling of it is still open on this session, and two savepoints cannot overlap. Await the first block before the second, or give one a session of its own with db.scope.fork().',
  )
}
