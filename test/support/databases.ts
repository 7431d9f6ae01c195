import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Database, type ModelMap, type Session, type SessionOptions } from 'athanor'
import { Sent } from './sent.ts'

/** What the suite runs on: every embedded database, or those that DATABASES names. */
const DRIVERS: Readonly<Record<string, (file: string) => string>> = {
  'node-sqlite': (file) => `sqlite:${file}`,
  'better-sqlite3': (file) => `sqlite+better-sqlite3:${file}`,
}

/** A database of one test: tables made, statements recorded, closed and deleted when the test ends. */
export interface TestDatabase {
  readonly db: Database<ModelMap>
  /** A session of its own, closed when the test ends. */
  session(options?: SessionOptions): Session
  /** What was sent since the tables were made. */
  readonly sent: Sent
}

/** One kind of database that the suite runs on. */
export interface DatabaseKind {
  readonly name: string
  open(t: TestContext, models: ModelMap, options?: Record<string, unknown>): Promise<TestDatabase>
}

/** The databases to run a suite on. */
export function databases(): DatabaseKind[] {
  const wanted = process.env['DATABASES']?.split(',') ?? Object.keys(DRIVERS)
  return wanted.flatMap((name) => {
    const urlOf = DRIVERS[name]
    return urlOf === undefined
      ? []
      : [
          {
            name,
            open: (t, models, options) => open(t, urlOf, models, options),
          } satisfies DatabaseKind,
        ]
  })
}

async function open(
  t: TestContext,
  urlOf: (file: string) => string,
  models: ModelMap,
  options: Record<string, unknown> = {},
): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'athanor-test-'))
  const db = new Database({ url: urlOf(join(folder, 'test.db')), models, ...options })
  const sessions: Session[] = []
  t.after(async () => {
    await Promise.all(sessions.map((session) => session.close()))
    await db.dispose()
    rmSync(folder, { recursive: true, force: true })
  })
  await db.createAll()
  return {
    db,
    sent: new Sent(db.engine),
    session(sessionOptions) {
      const session = db.createSession(sessionOptions)
      sessions.push(session)
      return session
    },
  }
}
