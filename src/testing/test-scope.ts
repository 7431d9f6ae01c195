import type { Database } from '../app/index.ts'
import type { Engine } from '../engine/index.ts'
import { ArgumentError, CallSite, IllegalStateError } from '../errors/index.ts'
import { JoinableSource } from './joinable-source.ts'
import { TestTransaction } from './test-transaction.ts'

/** What a test scope needs of a Database. */
export type TestDatabase = Pick<Database, 'allEngines'>

/** How a test scope runs. */
export interface TestScopeOptions {
  /** Milliseconds that a unit of work waits for another one to commit or roll back, then POOL_TIMEOUT. Default 4_000: less than the limit of most test runners. */
  readonly waitMs?: number
}

const WAIT_MS = 4_000

/**
 * Runs everything on a Database inside one transaction for each engine, until the scope ends; then all of it is rolled back, commits included.
 *
 * ```ts
 * import { Database, Model, id, varchar } from 'athanor'
 * import { testScope } from 'athanor/testing'
 *
 * class User extends Model({ id: id(), name: varchar(80).unique() }) {}
 * const db = new Database({ url: 'sqlite::memory:', models: { User } })
 * await db.createAll()
 *
 * const scope = await testScope(db) // in beforeEach
 * await db.run(() => db.session.add(new User({ name: 'Ann' })), { commit: 'onSuccess' })
 * await db.run(() => User.query().count()) // => 1
 * await scope.end() // in afterEach
 * await db.run(() => User.query().count()) // => 0
 * await db.dispose()
 * ```
 * Sessions, scopes, requests and forks stay apart as ever: each has its own identity map, COMMIT is the release of a savepoint, ROLLBACK the way back to it. An engine is connected at
 * its first use. Where one connection stands for many, units of work take turns: one that has sent a statement in a transaction keeps the others waiting until it ends, except
 * scopes that were opened inside its own; these see what it has not committed, and share its rollback.
 *
 * Sequences and AUTO_INCREMENT counters are not set back. Constraints that are DEFERRED are not looked at. Isolation levels are checked and not sent.
 * @throws {IllegalStateError} ILLEGAL_STATE when another test scope of the Database is open, a connection is in use, or no application has been registered.
 * @remarks Semantics: Flask-SQLAlchemy-Lite `test_isolation`, SQLAlchemy's session in an external transaction with `join_transaction_mode="create_savepoint"`. Differs: all engines, all sessions, parallel work in turns.
 * @since 0.2
 */
export async function testScope(
  db: TestDatabase,
  { waitMs = WAIT_MS }: TestScopeOptions = {},
): Promise<TestScope> {
  if (!(waitMs >= 0))
    throw new ArgumentError(`Cannot wait ${waitMs} ms. Give a number of at least 0.`)
  const site = new CallSite({ below: testScope })
  const engines = db.allEngines
  if (engines.length === 0)
    throw new IllegalStateError(
      'Cannot open a test scope: the Database has no engines yet, and what they store later would stay. Give it a URL, or register the application first.',
    )
  for (const engine of engines) checkUnused(engine)
  const holder = {
    get name() {
      return `testScope at ${site.toString()}`
    },
    parent: undefined,
    holdsLong: true,
  }
  const sources = engines.map((engine) => {
    const source = JoinableSource.of(engine)
    source.transaction = new TestTransaction(engine, source.own, { holder, waitMs })
    return source
  })
  return new TestScope(sources)
}

/** A test in which nothing is stored; made by `testScope(db)`. */
export class TestScope implements AsyncDisposable {
  readonly #sources: readonly JoinableSource[]
  #ended: Promise<void> | undefined

  /** @internal */
  constructor(sources: readonly JoinableSource[]) {
    this.#sources = sources
  }

  /**
   * Rolls everything back, on all engines. Work that is not awaited fails from here on. Never fails, also after a lost connection; a second call gives the first one's result.
   */
  end(): Promise<void> {
    this.#ended ??= Promise.all(this.#sources.map((source) => source.leave())).then(() => {})
    return this.#ended
  }

  /** As `end()`: for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }
}

/** What has begun before would be outside of the test, and stored. @throws {IllegalStateError} ILLEGAL_STATE. */
function checkUnused(engine: Engine): void {
  if (JoinableSource.of(engine).isJoined)
    throw new IllegalStateError(
      `Cannot open a test scope: another one is open on engine "${engine.key}". End it first, in afterEach; tests that run at the same time need a Database each.`,
      { info: { engineKey: engine.key } },
    )
  const { inUse } = engine.status
  if (inUse > 0)
    throw new IllegalStateError(
      `Cannot open a test scope: ${inUse} connection${inUse === 1 ? ' is' : 's are'} in use on engine "${engine.key}", and what was begun before would be stored. Open the test scope first, and await all work of the test before.`,
      { info: { engineKey: engine.key, inUse } },
    )
}
