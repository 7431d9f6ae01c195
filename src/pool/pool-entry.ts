import type { Holder } from './holder.ts'

/** What a pool knows of one of its connections. */
export class PoolEntry<C> {
  readonly connection: C
  /** The pool's generation when it was opened. */
  readonly generation: number
  /** When it is too old to be handed out again; -Infinity where somebody has asked for that. */
  recycleAt: number
  /** Who has it; undefined while it is idle. */
  holder: Holder | undefined
  /** When it was taken, or came back. */
  since = 0
  /** It was taken for one statement and comes back by itself: no reason to see a deadlock. */
  isBrief = false

  constructor(connection: C, generation: number, recycleAt: number) {
    this.connection = connection
    this.generation = generation
    this.recycleAt = recycleAt
  }
}
