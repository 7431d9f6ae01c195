import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Account } from './account.ts'
import { isRunning } from './processes.ts'
import { runProgram } from './run-program.ts'

/** A folder in memory, ten times as fast for the thousand files of a server; containers often have only a small one. */
const MEMORY = '/dev/shm'
const ROOMY_BYTES = 4 * 2 ** 30

/** Holds what servers write, for this user of the machine. */
const ROOT = join(isRoomy(MEMORY) ? MEMORY : tmpdir(), `athanor-servers-${process.getuid?.() ?? 0}`)
const RUNNING = /^run-(\d+)-/

let isSwept = false

/** A new folder that belongs to `account`; of this process, so that a later one removes it should this one not get to it. */
export function serverFolder(account: Account | undefined): string {
  mkdirSync(ROOT, { recursive: true, mode: 0o755 })
  if (!isSwept) sweep()
  isSwept = true
  const folder = mkdtempSync(join(ROOT, `run-${process.pid}-`))
  if (account !== undefined) chownSync(folder, account.uid, account.gid)
  return folder
}

/** How the data of a fresh server is made: by a program that writes to `<option><folder>`. */
export interface TemplateRecipe {
  /** Of the server, with its version. */
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  /** `--datadir=`. */
  readonly folderOption: string
}

/**
 * The data of a fresh server, made once for all processes of this user and kept. Another recipe makes another template.
 *
 * Who makes it at the same time as another does so for nothing: the folder gets its name when it is complete, and the first one wins.
 */
export async function template(
  recipe: TemplateRecipe,
  account: Account | undefined,
): Promise<string> {
  const { name, program, args, folderOption } = recipe
  const version = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 8)
  const path = join(ROOT, `template-${name}-${version}`)
  if (isFolder(path)) return path
  const draft = serverFolder(account)
  const data = join(draft, 'data')
  await runProgram(program, [...args, `${folderOption}${data}`], account)
  try {
    renameSync(data, path)
  } catch (error) {
    if (!isFolder(path)) throw error
  }
  rmSync(draft, { recursive: true, force: true })
  return path
}

/** As `template`, for one file: what `make` gives is kept for all processes of this user. `name` has the version of what made it. */
export async function templateFile(name: string, make: () => Promise<Uint8Array>): Promise<Buffer> {
  const path = join(ROOT, `template-${name}`)
  if (existsSync(path)) return readFileSync(path)
  const draft = serverFolder(undefined)
  writeFileSync(join(draft, 'data'), await make())
  renameSync(join(draft, 'data'), path)
  rmSync(draft, { recursive: true, force: true })
  return readFileSync(path)
}

/** Copies a folder as it is, owners included. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await runProgram('cp', ['-a', '--reflink=auto', from, to])
}

/** Removes the folder of a server that has ended, and the shared memory that the system keeps for a PostgreSQL that was killed. */
export function removeServerFolder(folder: string): void {
  const lock = join(folder, 'data', 'postmaster.pid') // only a server that was killed leaves it
  const [, segment] = existsSync(lock)
    ? (readFileSync(lock, 'utf8').split('\n')[6]?.trim().split(/\s+/) ?? [])
    : []
  if (segment !== undefined) spawnSync('ipcrm', ['-m', segment])
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** Removes what processes left that ended without cleaning up. Their servers ended with them. */
function sweep(): void {
  for (const name of readdirSync(ROOT)) {
    const [, owner] = RUNNING.exec(name) ?? []
    if (owner !== undefined && !isRunning(Number(owner))) removeServerFolder(join(ROOT, name))
  }
}

function isRoomy(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize >= ROOMY_BYTES
  } catch {
    return false // there is none
  }
}

function isFolder(path: string): boolean {
  try {
    readdirSync(path)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' // it is there, but its account's
  }
}
