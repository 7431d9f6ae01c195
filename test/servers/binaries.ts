import { accessSync, constants, globSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** Where distributions keep servers that are not on everybody's PATH; the newest version of PostgreSQL first. */
function folders(): readonly string[] {
  const versioned = globSync('/usr/lib/postgresql/*/bin').toSorted(
    (a, b) => versionOf(b) - versionOf(a),
  )
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)
  return [...versioned, ...onPath, '/usr/sbin', '/usr/local/sbin']
}

const versionOf = (folder: string): number => Number(/(\d+)\/bin$/.exec(folder)?.[1] ?? 0)

/** The full path of an installed program; undefined when there is none. */
export function findBinary(name: string): string | undefined {
  return folders()
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

/** As `findBinary`, for a program that was found before. */
export function requireBinary(name: string): string {
  const path = findBinary(name)
  if (path === undefined) throw new Error(`The program "${name}" is not installed.`)
  return path
}

/** Which of these programs are not installed, as the reason of a skip; undefined when all are. */
export function missingBinaries(names: readonly string[]): string | undefined {
  const missing = names.filter((name) => findBinary(name) === undefined)
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`
}

/** A program of the same version as `sibling`. */
export function besides(sibling: string, name: string): string {
  return join(dirname(sibling), name)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // it is not there, or not for us
  }
}
