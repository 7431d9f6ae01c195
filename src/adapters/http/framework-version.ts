import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigurationError } from '../../errors/index.ts'

/** A framework, and the least major version of it that the adapter was written for. */
export interface Framework {
  /** As it calls itself: `Koa`. */
  readonly title: string
  /** Its package: `koa`. */
  readonly package: string
  /** The least major version. */
  readonly from: number
}

/**
 * Refuses a framework that is too old: the one that the application has installed, else the one beside athanor. Where neither can be found, as in a
 * bundle, nothing is refused.
 *
 * @throws {ConfigurationError} CONFIGURATION naming the version that was found and the one that is needed.
 */
export function checkFramework(framework: Framework): void {
  const found = installedVersion(framework.package)
  if (found === undefined || Number.parseInt(found, 10) >= framework.from) return
  throw unsupportedVersion(framework, found)
}

/** The error that refuses a version. */
export function unsupportedVersion(framework: Framework, found: string | undefined): Error {
  const { title, from } = framework
  return new ConfigurationError(
    `Cannot register athanor: it needs ${title} ${from} or later, and found ${found ?? 'no version'}. Install it: npm i ${framework.package}@${from}.`,
    { info: { found, needed: from } },
  )
}

/** The version of a package as the program sees it, or undefined where it is not installed. */
function installedVersion(name: string): string | undefined {
  const application = pathToFileURL(resolve(process.argv[1] ?? 'index.js'))
  for (const base of [application, import.meta.url]) {
    const file = packageFile(name, base)
    if (file !== undefined)
      return String((JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown }).version)
  }
  return undefined
}

function packageFile(name: string, base: string | URL): string | undefined {
  try {
    return findPackageJSON(name, base)
  } catch (error) {
    // not installed; anything else would be a broken installation, which the framework's own import reports
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}
