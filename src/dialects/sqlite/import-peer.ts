import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigurationError } from '../../errors/index.ts'

/** Major versions that athanor was written for. */
export interface VersionRange {
  readonly from: number
  readonly below: number
}

/**
 * Imports an optional driver package: the one that the application has, else the one beside athanor.
 *
 * @throws {ConfigurationError} MISSING_DRIVER with the install command; CONFIGURATION for a version that athanor was not written for.
 */
export async function importPeer(name: string, versions: VersionRange): Promise<unknown> {
  const require = [createRequire(applicationFile()), createRequire(import.meta.url)].find(
    (candidate) => canResolve(candidate, name),
  )
  if (require === undefined) {
    throw new ConfigurationError(
      `Cannot find the driver package "${name}". Install it with "npm i ${name}@${versions.below - 1}", or use the URL "sqlite:…", whose driver is built into Node.`,
      {
        code: 'MISSING_DRIVER',
        info: { package: name },
      },
    )
  }
  checkVersion(
    name,
    String((require(`${name}/package.json`) as { readonly version?: unknown }).version),
    versions,
  )
  return import(pathToFileURL(require.resolve(name)).href)
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
