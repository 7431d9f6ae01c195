// npm run lockfile, after every `npm install`: fills in what an incomplete registry mirror leaves out of package-lock.json.
//
// Tools with a binary for each platform list them all as optional dependencies. Where the registry does not carry the ones for
// other platforms, npm writes no entry for them, and then `npm ci` refuses the lockfile. An entry without a hash is enough.
import { readFileSync, writeFileSync } from 'node:fs'

interface Entry {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly cpu?: readonly string[]
  readonly os?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
interface Lockfile {
  packages: Record<string, Entry>
}

const FILE = 'package-lock.json'
const PLATFORM =
  /(?:^|[-/])(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|ppc64|riscv64|s390x|x64)\b/

function entryOf(name: string, version: string): Entry {
  const [, os, cpu] = PLATFORM.exec(name) ?? []
  if (os === undefined || cpu === undefined) throw new Error(`${name} does not say its platform`)
  return { version, cpu: [cpu], dev: true, optional: true, os: [os] }
}

const lockfile = JSON.parse(readFileSync(FILE, 'utf8')) as Lockfile
const added: Record<string, Entry> = {}
for (const { optionalDependencies = {} } of Object.values(lockfile.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const path = `node_modules/${name}`
    if (!(path in lockfile.packages)) added[path] = entryOf(name, version)
  }
}
const sorted = Object.entries({ ...lockfile.packages, ...added }).toSorted(([a], [b]) =>
  a.localeCompare(b, 'en'),
)
writeFileSync(
  FILE,
  `${JSON.stringify({ ...lockfile, packages: Object.fromEntries(sorted) }, null, 2)}\n`,
)
process.stdout.write(`${Object.keys(added).length} entries added to ${FILE}\n`)
