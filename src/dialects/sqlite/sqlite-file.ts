import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ConfigurationError, LockTimeoutError } from '../../errors/index.ts'
import { Pool, heldBy, seconds, POOL_DEFAULTS, type PoolReport } from '../../pool/index.ts'

/** The right to write to a file; there is one. */
export type Turn = object

/**
 * A database file as this process knows it. All engines on one file share this object, because SQLite has one writer and because a second writer that
 * waits inside the driver would stop the first one too (spec/perf.md, facts 1 and 2).
 */
export class SqliteFile {
  readonly path: string
  /** Who writes: one at a time, in the order of asking, whatever engine they belong to. */
  readonly turns: Pool<Turn>
  readonly #open = new Map<string, number>()

  constructor(path: string) {
    this.path = path
    this.turns = new Pool<Turn>(
      { open: () => ({}), close: () => {} },
      { ...POOL_DEFAULTS, size: 1, idleMs: Infinity },
      {
        label: `the right to write to "${path}"`,
        deadlockAdvice:
          'SQLite has one writer: do the work in the session of the outer scope, or commit there first.',
      },
    )
  }

  /**
   * Counts a connection that is about to be opened.
   *
   * @throws {ConfigurationError} CONFIGURATION when another library has the file open: two in one process damage it.
   */
  opening(library: string): void {
    const other = [...this.#open.keys()].find((name) => name !== library)
    if (other !== undefined) {
      throw new ConfigurationError(
        `Cannot open "${this.path}" with ${library}: ${other} has it open in this process, and two SQLite libraries in one process damage a file. Use one driver for all engines on it.`,
        {
          info: { path: this.path, library, other },
        },
      )
    }
    this.#open.set(library, (this.#open.get(library) ?? 0) + 1)
  }

  /** The connection is closed, or could not be opened. */
  closed(library: string): void {
    const left = (this.#open.get(library) ?? 0) - 1
    if (left > 0) this.#open.set(library, left)
    else this.#open.delete(library)
  }
}

/** Files that some engine uses; held weakly, so that a process that opens many does not keep them. */
const files = new Map<string, WeakRef<SqliteFile>>()

/** The file at `path`, by whatever name. */
export function sqliteFile(path: string): SqliteFile {
  const real = realPath(path)
  const known = files.get(real)?.deref()
  if (known !== undefined) return known
  for (const [key, file] of files) if (file.deref() === undefined) files.delete(key)
  const file = new SqliteFile(real)
  files.set(real, new WeakRef(file))
  return file
}

/** Past symbolic links; of a file that does not exist yet, past those of its folder. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    // not there yet
  }
  try {
    return join(realpathSync.native(dirname(path)), basename(path))
  } catch {
    return path // opening it will tell what is wrong
  }
}

/** The error of one whose turn did not come in time. */
export function lockTimeoutError(
  path: string,
  engineKey: string,
  report: PoolReport,
): LockTimeoutError {
  return new LockTimeoutError(
    `Cannot begin to write to "${path}" for "${report.asker}": ${report.timeoutMs === 0 ? 'somebody else writes' : `its turn did not come within ${seconds(report.timeoutMs)}`} (${report.waiting} waiting). ${heldBy(report)}SQLite has one writer: commit before slow work such as calls to other services, or raise lockTimeoutMs.`,
    { engineKey, info: { ...report } },
  )
}
