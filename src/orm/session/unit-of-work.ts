import { IllegalStateError } from '../../errors/index.ts'
import type { Command, Connection } from '../../engine/index.ts'
import type { Statement } from '../../sql/index.ts'
import type { MaybePromise } from '../../util/index.ts'
import type { Mapper } from '../mapping/index.ts'
import {
  checkOwnKeys,
  holdsMembers,
  isModified,
  setColumn,
  type IdentityMap,
  type InstanceState,
} from '../state/index.ts'
import { isClean, planFlush, type Work } from '../unit-of-work/index.ts'
import {
  cascadeDeletes,
  checkMembersAdded,
  collectOrphans,
  forgetDeleted,
  readReplaced,
  type CascadeContext,
} from './cascades.ts'
import type { Moment } from './execute.ts'
import { noteFlush } from './flush-changes.ts'
import { FlushExecutor, type WrittenRow } from './flush-executor.ts'
import type { RowHooks } from './row-hooks.ts'
import type { TransactionRecord } from './transaction-record.ts'
import { WrittenRelations } from './written-relations.ts'

/** What the unit of work needs of its session. */
export interface UnitOfWorkContext extends Omit<CascadeContext, 'deleted' | 'pending'> {
  readonly identityMap: IdentityMap
  /** The transaction's connection, which begins here if there is none. */
  write(engineKey: string): Promise<Connection>
  /** Checks of development. */
  readonly diagnostics: boolean
  /** A statement as it is sent. */
  compile(statement: Statement): Command
  /** Listeners to single rows. */
  readonly rowHooks: RowHooks
  /** Whether nothing but this connection's transaction would be left to commit. */
  isAlone(connection: Connection): boolean
  /** Memory of the innermost transaction or savepoint. */
  readonly record: TransactionRecord
  /** Refuses an update that the isolation level does not cover. */
  checkUpdate(state: InstanceState): void
  /** When and in which transaction a row is written now. */
  readonly moment: Moment
}

/** Objects that are new, changed or to be deleted, and how they become rows. */
export class UnitOfWork {
  /** New objects, in the order of add. */
  readonly pending: Set<InstanceState> = new Set<InstanceState>()
  /** Objects marked by delete(). */
  readonly deleted: Set<InstanceState> = new Set<InstanceState>()
  readonly #context: UnitOfWorkContext
  #isFlushing = false
  #hasSent = false

  constructor(context: UnitOfWorkContext) {
    this.#context = context
  }

  /** What a flush would write now. Looks at each object of the session: about 20 ns each. */
  get work(): Work {
    return this.#workBut(copyOf(this.deleted))
  }

  #workBut(deleted: ReadonlySet<InstanceState>): Work {
    const changed = this.#context.identityMap.filter(
      (state) => !deleted.has(state) && isModified(state),
    )
    return { pending: copyOf(this.pending), deleted, changed }
  }

  /** Lets go of what was never flushed: new objects are as before add, and nothing is marked to be deleted. */
  forgetPending(): void {
    for (const state of this.pending) state.makeTransient()
    this.pending.clear()
    this.deleted.clear()
  }

  get isFlushing(): boolean {
    return this.#isFlushing
  }

  /** Whether the last flush had begun to send statements: before that, an error changes nothing. */
  get hasSent(): boolean {
    return this.#hasSent
  }

  /** Writes everything that is pending; with `commit` COMMIT goes with the last statements where that is safe. Says whether there was anything to do. */
  async flush(commit = false): Promise<boolean> {
    if (this.#isFlushing)
      throw new IllegalStateError(
        'Cannot flush: a flush of this session is running. Change objects in a beforeFlush hook, or wait for the flush to end.',
      )
    const asked = this.work
    if (isClean(asked)) return false
    this.#isFlushing = true
    this.#hasSent = false
    try {
      const work = await this.#cascade(asked)
      const mapperOf = (state: InstanceState): Mapper => this.#context.mapperOfState(state)
      const { rowHooks } = this.#context
      rowHooks.before(work, mapperOf)
      const plan = planFlush(work, mapperOf)
      for (const step of plan.steps)
        if (step.kind === 'update')
          for (const { state, replaces = state } of step.rows)
            if (replaces.phase === 'persistent') this.#context.checkUpdate(replaces)
      const relations = new WrittenRelations(
        [...work.pending, ...work.changed, ...work.deleted],
        mapperOf,
      )
      const written = await new FlushExecutor({
        write: (key) => this.#connection(key),
        diagnostics: this.#context.diagnostics,
        compile: (statement) => this.#context.compile(statement),
        tracksChanges: this.#context.record.changes !== undefined,
        mayCommit: (connection) => this.#context.isAlone(connection),
      }).execute(plan, commit && !rowHooks.hasAfter)
      const record = this.#context.record
      if (record.changes !== undefined) noteFlush(record.changes, plan, written, work.deleted)
      this.#accept(work, written.rows, relations)
      rowHooks.after(work, written.rows)
      return true
    } finally {
      this.#isFlushing = false
    }
  }

  /** The transaction's connection. Once it is there the flush counts as sent; a BEGIN that fails leaves everything as it was (spec/session.md 2.9). */
  async #connection(engineKey: string): Promise<Connection> {
    const connection = await this.#context.write(engineKey)
    this.#hasSent = true
    return connection
  }

  /** The work with all that goes along. */
  #cascade(work: Work): MaybePromise<Work> {
    const touched = [...work.pending, ...work.changed, ...work.deleted]
    if (this.#context.diagnostics)
      for (const state of touched) checkOwnKeys(state, this.#context.mapperOfState(state))
    const goesAlone =
      work.pending.size === 0 &&
      work.deleted.size === 0 &&
      work.changed.every(({ relations }) => relations === null)
    return goesAlone ? work : this.#cascadeAlong(work, touched)
  }

  /** With all objects to delete: those that were marked, and those that go with them. Which these are is found anew by each flush, so that one that fails before it sends anything decides nothing. */
  async #cascadeAlong(work: Work, touched: readonly InstanceState[]): Promise<Work> {
    const deleted = new Set(work.deleted)
    const cascade: CascadeContext = {
      mapperOfState: (state) => this.#context.mapperOfState(state),
      hydration: () => this.#context.hydration(),
      read: (key, command) => this.#context.read(key, command),
      deleted,
      pending: this.pending,
    }
    const owners = touched.filter(holdsMembers)
    await readReplaced(cascade, owners)
    checkMembersAdded(owners)
    collectOrphans(cascade, owners)
    await cascadeDeletes(cascade)
    return this.#workBut(deleted)
  }

  /** Pure: rows are written, and memory follows. */
  #accept(work: Work, written: readonly WrittenRow[], relations: WrittenRelations): void {
    const { record, moment } = this.#context
    for (const row of written) {
      record.note(row)
      this.#acceptRow(row, moment)
    }
    relations.accept(record, moment.epoch)
    for (const state of work.deleted) this.#acceptDeleted(state, record)
    if (work.deleted.size > 0) forgetDeleted(this.#context.identityMap, work.deleted, record)
    for (const state of work.pending) this.pending.delete(state)
    for (const state of work.deleted) this.deleted.delete(state)
  }

  #acceptRow({ state, mapper, kind, row, generated }: WrittenRow, moment: Moment): void {
    for (const ordinal of generated) setColumn(state, mapper, ordinal, row[ordinal])
    state.row = row
    state.expectedVersion = null
    state.readIn = moment.transactionId
    if (kind === 'updated') return
    state.epoch = moment.epoch
    state.identity = mapper.identityOfRow(row)
    state.phase = 'persistent'
    if (state.identity !== null) this.#context.identityMap.add(mapper, state.identity, state)
  }

  #acceptDeleted(state: InstanceState, record: TransactionRecord): void {
    record.noteDeleted(state)
    this.#context.identityMap.remove(state)
    state.phase = 'deleted'
    state.wasDeleted = true
  }
}

const NONE: ReadonlySet<InstanceState> = new Set()

function copyOf(states: ReadonlySet<InstanceState>): ReadonlySet<InstanceState> {
  return states.size === 0 ? NONE : new Set(states)
}

/** The mapper of an object that is in a session. */
export function mapperOfState(state: InstanceState, mapperOf: (model: object) => Mapper): Mapper {
  return (state.mapper ??= mapperOf(state.entity.constructor))
}
