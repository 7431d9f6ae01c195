// npm run example -- NAME: starts the program of an example.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { programOf } from './compile-example.ts'

const EXAMPLES = join(import.meta.dirname, '../examples')
const [, , example = ''] = process.argv

if (existsSync(join(EXAMPLES, example, 'main.ts'))) {
  const program = join(EXAMPLES, programOf(example))
  const child = spawn(process.execPath, ['--conditions=athanor-source', program], {
    stdio: 'inherit',
  })
  // A signal to this process alone is passed on; one of the terminal reaches both.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const [code] = (await once(child, 'close')) as [number | null]
  process.exitCode = code ?? 1
} else {
  process.stderr.write('Usage: npm run example -- wiki|blog|todo|koa|nestjs|node\n')
  process.exitCode = 2
}
