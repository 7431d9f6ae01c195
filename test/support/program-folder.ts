import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A folder for programs of the documentation, inside the repository, so that dependencies resolve; a package of its own, so that relative database files
 * land in it. Whoever asks for it removes it.
 */
export function programFolder(): string {
  mkdirSync('test/docs/.examples', { recursive: true })
  const folder = mkdtempSync('test/docs/.examples/run-')
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(process.cwd(), join(folder, 'node_modules/athanor'))
  return folder
}
