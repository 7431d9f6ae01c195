import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigurationError } from '../../errors/index.ts'

/** Undefined in a bundle of CommonJS. */
const OWN_URL = import.meta.url as string | undefined

/** Major versions that athanor was written for. */
export interface VersionRange {
  readonly from: number
  readonly below: number
  /** The part of the package that is imported, where that is not its main one: `callback`. */
  readonly entry?: string
  /** What can be used without the package, for the message: `use the URL "sqlite:…", whose driver is built into Node`. */
  readonly alternative?: string
}

/**
 * Imports an optional driver package: the one that the application has, else the one beside athanor.
 *
 * @throws {ConfigurationError} MISSING_DRIVER with the install command; CONFIGURATION for a version that athanor was not written for.
 */
export async function importPeer(name: string, versions: VersionRange): Promise<unknown> {
  const require = [applicationFile(), OWN_URL]
    .flatMap((base) => (base === undefined ? [] : createRequire(base)))
    .find((candidate) => canResolve(candidate, name))
  if (require === undefined) {
    throw new ConfigurationError(
      `Cannot find the driver package "${name}". Install it with "npm i ${name}@${versions.below - 1}"${versions.alternative === undefined ? '' : `, or ${versions.alternative}`}.`,
      {
        code: 'MISSING_DRIVER',
        info: { package: name },
      },
    )
  }
  const file = require.resolve(name)
  checkVersion(name, versionOf(name, file), versions)
  const { entry } = versions
  const imported = entry === undefined ? file : require.resolve(`${name}/${entry}`)
  return import(pathToFileURL(imported).href)
}

/** Its package.json is the nearest one above its main file that bears its name: not every package lets itself be asked for it. */
function versionOf(name: string, file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'package.json')
    if (!existsSync(path)) continue
    const { name: found, version } = JSON.parse(readFileSync(path, 'utf8')) as Record<
      string,
      unknown
    >
    if (found === name) return String(version)
  }
  return 'of an unknown version'
}

/** The program's main file; a test runner has a pattern there, which still tells the folder. */
function applicationFile(): string {
  return resolve(process.argv[1] ?? 'index.js')
}

function canResolve(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(name)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return false
    throw error
  }
}

function checkVersion(name: string, version: string, { from, below }: VersionRange): void {
  const major = Number.parseInt(version, 10)
  if (major >= from && major < below) return
  throw new ConfigurationError(
    `Cannot use the driver package "${name}" ${version}: athanor needs a version from ${from} and below ${below}. Install it with "npm i ${name}@${below - 1}".`,
    {
      info: { package: name, version, from, below },
    },
  )
}
