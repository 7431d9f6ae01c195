import type { Session, TransactionOptions } from '../orm/index.ts'
import type { Application } from './application.ts'
import { ScopeChangeSignals } from './change-signals.ts'
import type { Scope } from './scope.ts'
import { ScopeSessionContext, type SessionHolder, type Tasks } from './session-context.ts'
import { runSteps } from './steps.ts'

/** A transaction block as sessions know it; `parent` is the one around it. */
interface Block {
  readonly parent?: Block | undefined
}

/** Judges what a transaction block gave: true when it must roll back although nothing was thrown. */
export type Verdict = (result: unknown) => boolean

/** The sessions of one scope: the one that `db.session` gives, and its forks. Made at the first use. */
export class ScopeSessions {
  /** The session of the scope. */
  readonly main: Session
  readonly #scope: Scope
  readonly #tasks: Tasks
  /** Those that were open at the last fork. */
  #forks: readonly Session[] = []
  #transactions: Set<Promise<unknown>> | undefined
  #block: unknown

  constructor(scope: Scope, tasks: Tasks) {
    this.#scope = scope
    this.#tasks = tasks
    this.main = this.#made(scope)
  }

  /** Whether a commit of the main session has succeeded. */
  get hasCommitted(): boolean {
    return this.main.hasCommitted
  }

  /** Whether a transaction block of the main session is open. */
  get isInBlock(): boolean {
    return this.#transactions !== undefined && this.#transactions.size > 0
  }

  /** Whether the caller runs inside the open transaction block. */
  get isCallerInBlock(): boolean {
    if (this.#block === undefined) return false
    let own = this.#tasks.current() as Block | undefined
    while (own !== undefined && own !== this.#block) own = own.parent
    return own !== undefined
  }

  /** Names of the objects whose changes nobody has committed: of the main session, and of the forks. */
  pending(of: 'main' | 'forks'): readonly string[] {
    const sessions = of === 'main' ? [this.main] : this.#forks
    return sessions.flatMap((session) => session.pendingChanges().names)
  }

  fork(): Session {
    const { name, signal } = this.#scope
    const holder = { name: `fork of ${name}`, parent: this.#scope, signal }
    const fork = this.#made(holder)
    this.#forks = [...this.#forks.filter((other) => !other.isClosed), fork]
    this.announce(fork)
    return fork
  }

  /** Tells the Database's listeners of a new session, once `scope.session` gives it. */
  announce(session: Session): void {
    for (const listener of this.#scope.application.listeners.of('session'))
      listener(session, this.#scope)
  }

  /** Runs `body` as a transaction block of the main session. `judge` is asked at the start of the outermost block, and its verdict at the end. */
  async transaction<T>(
    body: (session: Session) => Promise<T> | T,
    judge: () => Verdict,
    options?: TransactionOptions,
  ): Promise<T> {
    const block = this.main.transaction((session) => this.#judged(session, body, judge), options)
    this.#transactions ??= new Set()
    this.#transactions.add(block)
    try {
      return await block
    } finally {
      this.#transactions.delete(block)
    }
  }

  /** Waits for transaction blocks that nobody has awaited. */
  async blocksEnded(): Promise<void> {
    if (this.#transactions !== undefined) await Promise.allSettled(this.#transactions)
  }

  /** Drops what is not committed; the main session goes on, for reading. Gives what that threw. */
  beginReading(): Promise<readonly unknown[]> {
    const { main } = this
    const hasWork = main.isHoldingConnection || main.pendingChanges().count > 0
    return runSteps(hasWork ? [() => main.rollback()] : [])
  }

  /** Closes all sessions, each whatever the others throw; gives what they threw. */
  close(reason: string): Promise<readonly unknown[]> {
    return runSteps([this.main, ...this.#forks].map((session) => () => session.close(reason)))
  }

  async #judged<T>(
    session: Session,
    body: (session: Session) => Promise<T> | T,
    judge: () => Verdict,
  ): Promise<T> {
    if (this.#block !== undefined) return body(session) // a savepoint: its block judges
    this.#block = this.#tasks.current()
    try {
      const mustRollBack = judge()
      const result = await body(session)
      if (!session.isClosed && mustRollBack(result))
        session.setRollbackOnly('its reply is an error, or its scope said so')
      return result
    } finally {
      this.#block = undefined
    }
  }

  #made(holder: SessionHolder): Session {
    const { application } = this.#scope
    const { configuration, listeners } = application
    const changeSignals = configuration.trackModifications
      ? new ScopeChangeSignals(this.#scope, () => session)
      : undefined
    if (changeSignals === undefined && configuration.diagnostics) warnUntracked(application)
    const session: Session = new application.sessionClass(
      new ScopeSessionContext(this.#scope, { holder, tasks: this.#tasks, changeSignals }),
    )
    for (const listener of listeners.of('afterRollback'))
      session.on('afterRollback', () => listener({ session }, this.#scope))
    return session
  }
}

/** Tells the developer, once, of listeners whom nobody will ever call. */
function warnUntracked({ listeners, reporter }: Application): void {
  if (!listeners.has('beforeCommit') && !listeners.has('afterCommit')) return
  reporter.warn(
    'ATHANOR_UNTRACKED_CHANGES',
    "db.on('beforeCommit') and db.on('afterCommit') tell nothing here, because changes are not tracked. Set { trackModifications: true }, or listen to the session itself: db.on('session', (session) => session.on('beforeCommit', …)).",
    'all',
  )
}
