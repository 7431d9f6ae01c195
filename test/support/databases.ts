import { it, type TestContext } from 'node:test'
import { Database, type ModelMap, type Session, type SessionOptions } from 'athanor'
import type { Dialect, DialectFeatures } from '../../src/engine/index.ts'
import { needs } from '../servers/index.ts'
import { BACKENDS, type Backend, type DatabaseFacts } from './backends.ts'
import { Sent } from './sent.ts'
import type { LentDatabase } from './server-databases.ts'

/** A database of one test: tables made, statements recorded, closed and emptied when the test ends. */
export interface TestDatabase {
  readonly db: Database
  /** Of `db`; another Database may be made of it, which the test disposes of. */
  readonly url: string
  /** A session of its own, closed when the test ends. */
  session(options?: SessionOptions): Session
  /** What was sent since the tables were made. */
  readonly sent: Sent
}

/** One kind of database that the suite runs on. */
export interface DatabaseKind {
  /** As in DATABASES. */
  readonly name: string
  /** How it spells SQL. */
  readonly dialect: Dialect
  /** What it can do. */
  readonly supports: DialectFeatures
  readonly facts: DatabaseFacts
  /** For a test that makes a Database itself, disposes of it, and then gives this one back. */
  lend(): Promise<LentDatabase>
  open(t: TestContext, models: ModelMap, options?: Record<string, unknown>): Promise<TestDatabase>
  /** Options of a test that cannot run without something that the database may lack: it is skipped then, with this reason. */
  needs(what: string, isThere: boolean): { skip?: string }
}

/** Made once, so that who is missing is told once. */
let kinds: readonly DatabaseKind[] | undefined

/**
 * The databases to run a suite on: all that can be started here, or those that DATABASES names. Who cannot be started is told as one skipped test each.
 *
 * @throws {Error} where DATABASES names one that does not exist; under REQUIRE_SERVERS=1 where one cannot be started.
 */
export function databases(): readonly DatabaseKind[] {
  return (kinds ??= wantedNames().flatMap((name) => {
    const backend = BACKENDS[name]
    if (backend === undefined)
      throw new Error(
        `DATABASES names "${name}", but there is only ${Object.keys(BACKENDS).join(', ')}.`,
      )
    const { skip } = backend.server === undefined ? {} : needs(backend.server)
    if (skip === undefined) return [kindOf(name, backend)]
    it(`runs on ${name}`, { skip })
    return []
  }))
}

function wantedNames(): readonly string[] {
  return process.env['DATABASES']?.split(',') ?? Object.keys(BACKENDS)
}

function kindOf(name: string, { lender, facts }: Backend): DatabaseKind {
  const { dialect } = new Database({ url: lender.example, models: {} }).engine
  return {
    name,
    dialect,
    supports: dialect.supports,
    facts,
    lend: () => lender.lend(),
    open: async (t, models, options) => open(t, await lender.lend(), models, options),
    needs: (what, isThere) => (isThere ? {} : { skip: `${name} has no ${what}` }),
  }
}

async function open(
  t: TestContext,
  { url, release }: LentDatabase,
  models: ModelMap,
  options: Record<string, unknown> = {},
): Promise<TestDatabase> {
  const sessions: Session[] = []
  let db: Database | undefined
  t.after(async () => {
    await Promise.all(sessions.map((session) => session.close()))
    await db?.dispose()
    await release()
  })
  const opened = (db = new Database<ModelMap>({ url, models, ...options }))
  await opened.createAll()
  return {
    db: opened,
    url,
    sent: new Sent(opened.engine),
    session(sessionOptions) {
      const session = opened.createSession(sessionOptions)
      sessions.push(session)
      return session
    },
  }
}
