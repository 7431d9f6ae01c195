import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const EXAMPLES = join(import.meta.dirname, '../examples')

/** The path of an example's program below the folder of examples. One with decorators, which Node cannot run as they are, has a tsconfig.json of its own and is compiled first. */
export function programOf(example: string): string {
  const folder = join(EXAMPLES, example)
  const project = join(folder, 'tsconfig.json')
  if (!existsSync(project)) return join(example, 'main.ts')
  // Each file by itself: the types are checked by npm run check, and athanor runs from its sources.
  const flags = ['--noEmit', 'false', '--noCheck', '--noResolve']
  const places = ['--rootDir', folder, '--outDir', join(folder, 'dist')]
  const tsc = join(import.meta.dirname, '../node_modules/.bin/tsc')
  const { status, stdout } = spawnSync(tsc, ['-p', project, ...flags, ...places])
  if (status !== 0) throw new Error(`Cannot compile ${example}: ${String(stdout)}`)
  return join(example, 'dist/main.js')
}
