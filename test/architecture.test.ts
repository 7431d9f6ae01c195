import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import { it } from 'node:test'
import { readSourceFacts, type SourceFacts } from '../tools/source-facts.ts'

/** Folder of src/ -> folders that it may import, as the table of ARCHITECTURE.md says. */
type Directions = ReadonlyMap<string, ReadonlySet<string>>

/** Modules that only some places may import. A package that is missing here may be imported nowhere. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  kysely: ['sql/', 'dialects/', 'engine/kysely/'],
  fastify: ['adapters/fastify/'],
  'fastify-plugin': ['adapters/fastify/'],
  express: ['adapters/express/'],
  koa: ['adapters/koa/'],
  hono: ['adapters/hono/'],
  h3: ['adapters/h3/'],
  '@nestjs/common': ['adapters/nestjs/'],
  '@nestjs/core': ['adapters/nestjs/'],
  rxjs: ['adapters/nestjs/'],
  'better-sqlite3': ['dialects/sqlite/'],
  'node:sqlite': ['dialects/sqlite/'],
  'node:async_hooks': ['app/scope.ts'],
  'node:process': [],
}
const MAY_READ_ENVIRONMENT = ['app/configuration.ts', 'cli/']
const MAY_COMPUTE_IMPORTS = ['dialects/']

function readDirections(page: string): Directions {
  const section = page.split(/^## /m).find((part) => part.startsWith('Directions\n')) ?? ''
  const names = (cell: string): string[] =>
    cell
      .replaceAll('`', '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean)
  const rows = [...section.matchAll(/^\|([^|]+)\|([^|]*)\|$/gm)].slice(2)
  const isEverywhere = ([, folders]: readonly string[]): boolean =>
    folders?.trim() === 'every other folder'
  const everywhere = rows.find(isEverywhere)?.[2] ?? ''
  const directions = new Map<string, ReadonlySet<string>>()
  for (const row of rows.filter((each) => !isEverywhere(each))) {
    const [, folders = '', mayImport = ''] = row
    const targets = mayImport.trim() === 'nothing' ? '' : `${mayImport},${everywhere}`
    for (const folder of names(folders)) directions.set(folder, new Set(names(targets)))
  }
  return directions
}

/** The folder of the table that a path under src/ belongs to: the longest one that matches; '' for src/index.ts. */
function folderOf(path: string, directions: Directions): string {
  const matching = [...directions.keys()].filter((folder) => path.startsWith(`${folder}/`))
  const [longest] = matching.toSorted((a, b) => b.length - a.length)
  return longest ?? dirname(path).replace(/^\.$/, '')
}

const isUnder = (path: string, places: readonly string[]): boolean =>
  places.some((place) => path === place || (place.endsWith('/') && path.startsWith(place)))

function faultOfImport(path: string, target: string, directions: Directions): string | undefined {
  const from = folderOf(path, directions)
  const to = folderOf(target, directions)
  if (from === to || from === '') return undefined
  if (directions.get(from)?.has(to) !== true) return 'not allowed'
  return target === `${to}/index.ts` ? undefined : 'past index.ts'
}

function faultOfModule(path: string, module: string): string | undefined {
  const places = DOORS[module]
  if (places === undefined) return module.startsWith('node:') ? undefined : 'has no door'
  return isUnder(path, places) ? undefined : 'not its door'
}

function faultsOf(
  root: string,
  path: string,
  facts: SourceFacts,
  directions: Directions,
): string[] {
  const faults: string[] = []
  for (const module of facts.imports) {
    const target = module.startsWith('.')
      ? relative(root, resolve(root, dirname(path), module)).replaceAll(sep, '/')
      : undefined
    const fault =
      target === undefined ? faultOfModule(path, module) : faultOfImport(path, target, directions)
    if (fault !== undefined) faults.push(`${path} -> ${target ?? module} (${fault})`)
  }
  if (facts.readsEnvironment && !isUnder(path, MAY_READ_ENVIRONMENT))
    faults.push(`${path} reads process.env`)
  if (facts.computedImports > 0 && !isUnder(path, MAY_COMPUTE_IMPORTS))
    faults.push(`${path} computes what it imports`)
  return faults
}

/** Every fault under `root`, and how much was read to find them. */
function inspect(root: string): {
  readonly faults: string[]
  readonly files: string[]
  readonly imports: number
} {
  const directions = readDirections(readFileSync('ARCHITECTURE.md', 'utf8'))
  const files = globSync('**/*.ts', { cwd: root }).map((file) => file.replaceAll(sep, '/'))
  const faults: string[] = []
  let imports = 0
  for (const path of files) {
    const facts = readSourceFacts(resolve(root, path))
    imports += facts.imports.length
    faults.push(...faultsOf(root, path, facts, directions))
  }
  return { faults: faults.toSorted(), files, imports }
}

// settled C2
// settled C3
// settled C5
it('imports only downwards, only through index.ts, and each third party through its own door', () => {
  const { faults, files, imports } = inspect('src')
  assert.ok(files.length > 100, `the check must have read the sources, saw ${files.length} files`)
  assert.ok(imports > 300, `the check must have read the imports, saw ${imports}`)
  assert.deepEqual(faults, [])
})

it('has a row in the table of ARCHITECTURE.md for every folder', () => {
  const directions = readDirections(readFileSync('ARCHITECTURE.md', 'utf8'))
  const folders = new Set(inspect('src').files.map((file) => folderOf(file, directions)))
  folders.delete('')
  assert.deepEqual([...directions.keys()].toSorted(), [...folders].toSorted())
})

it('finds planted faults: upward, type-only, deep, dynamic, a closed door, an unknown package, the environment', () => {
  assert.deepEqual(inspect('test/planted/src').faults, [
    'adapters/fastify/up.ts -> better-sqlite3 (not its door)',
    'app/doors.ts -> kysely (not its door)',
    'app/doors.ts -> left-pad (has no door)',
    'app/doors.ts -> node:async_hooks (not its door)',
    'app/doors.ts computes what it imports',
    'app/doors.ts reads process.env',
    'orm/state/up.ts -> orm/session/index.ts (not allowed)',
    'pool/up.ts -> engine/index.ts (not allowed)',
    'sql/deep.ts -> schema/table.ts (past index.ts)',
  ])
})
