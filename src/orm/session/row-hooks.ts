import { ArgumentError } from '../../errors/index.ts'
import type { Mapper } from '../mapping/index.ts'
import type { InstanceState } from '../state/index.ts'
import { isRowChanged, type Work } from '../unit-of-work/index.ts'
import { ChangeGuard } from './change-guard.ts'
import type { WrittenRow } from './flush-executor.ts'
import { RowListeners, type RowEvent } from './row-listeners.ts'

const BEFORE: ReadonlySet<RowEvent> = new Set<RowEvent>([
  'beforeInsert',
  'beforeUpdate',
  'beforeDelete',
])
const AFTER: ReadonlySet<RowEvent> = new Set<RowEvent>([
  'afterInsert',
  'afterUpdate',
  'afterDelete',
])

/** What happens to the row of one object. */
interface Told {
  readonly event: RowEvent
  readonly state: InstanceState
}

/** Tells listeners of the rows of one flush: of all before the first statement, and of all behind the last. */
export class RowHooks {
  /** The session's own, made with the first; until then those of its Database. */
  #listeners: RowListeners | undefined
  /** All objects of the session. */
  readonly #states: () => Iterable<InstanceState>
  #hasOwn = false
  #running: string | undefined

  constructor(ofDatabase: RowListeners | undefined, states: () => Iterable<InstanceState>) {
    this.#listeners = ofDatabase
    this.#states = states
  }

  /** Where listeners of this session alone are added. */
  get own(): RowListeners {
    if (!this.#hasOwn || this.#listeners === undefined)
      this.#listeners = new RowListeners(this.#listeners)
    this.#hasOwn = true
    return this.#listeners
  }

  /** `beforeInsert listener of Post#1`: which one runs now. */
  get running(): string | undefined {
    return this.#running
  }

  /** Whether somebody hears of rows once they are written: then COMMIT waits until that is done. */
  get hasAfter(): boolean {
    return this.#listeners?.has(AFTER) === true
  }

  /** What the listeners change of their own object is part of the flush. */
  before(work: Work, mapperOf: (state: InstanceState) => Mapper): void {
    if (this.#listeners?.has(BEFORE) !== true) return
    this.#tell('before', [
      ...told('beforeInsert', work.pending),
      ...told(
        'beforeUpdate',
        work.changed.filter((state) => isRowChanged(state, mapperOf(state))),
      ),
      ...told('beforeDelete', work.deleted),
    ])
  }

  /** What the listeners change of their own object waits for the next flush. */
  after({ deleted }: Work, written: readonly WrittenRow[]): void {
    if (!this.hasAfter) return
    const statesOf = (kind: WrittenRow['kind']): InstanceState[] =>
      written.filter((row) => row.kind === kind).map(({ state }) => state)
    const inserted = new Set(statesOf('inserted'))
    const updated = new Set(
      statesOf('updated').filter((state) => !inserted.has(state) && !deleted.has(state)),
    )
    this.#tell('after', [
      ...told('afterInsert', inserted),
      ...told('afterUpdate', updated),
      ...told('afterDelete', deleted),
    ])
  }

  #tell(when: 'before' | 'after', all: readonly Told[]): void {
    const heard = all.flatMap(({ event, state }) => {
      const listeners = this.#listeners?.of(event, state.entity) ?? []
      return listeners.length === 0 ? [] : [{ event, state, listeners }]
    })
    if (heard.length === 0) return
    const guard = new ChangeGuard(this.#states(), when)
    for (const { event, state, listeners } of heard)
      guard.allow(state, () => {
        for (const listener of listeners) this.#call(event, state, listener)
      })
    guard.checkAll()
  }

  #call(event: RowEvent, state: InstanceState, listener: (entity: object) => unknown): void {
    this.#running = `${event} listener of ${state.label}`
    try {
      refusePromise(event, state, listener(state.entity))
    } finally {
      this.#running = undefined
    }
  }
}

function told(event: RowEvent, states: Iterable<InstanceState>): Told[] {
  return Array.from(states, (state) => ({ event, state }))
}

/** @throws {ArgumentError} ARGUMENT: nobody would wait for it. */
function refusePromise(event: RowEvent, state: InstanceState, result: unknown): void {
  if (!(result instanceof Promise)) return
  result.catch(() => {}) // the error below is told instead
  throw new ArgumentError(
    `Cannot flush ${state.label}: a ${event} listener gave a promise, and rows do not wait for listeners. Do what takes time in session.on('beforeFlush', async () => { … }), or behind the commit by session.afterCommit(fn).`,
  )
}
