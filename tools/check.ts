// npm run check: everything that must hold beside the tests' behaviour. All steps run; the first failure does not hide the next.
import { spawnSync } from 'node:child_process'

const CODE = ['src', 'test', 'examples', 'bench', 'tools']

/** What is checked, and the command that checks it. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  'types of src': ['tsc', '-p', 'tsconfig.json'],
  'types of tests, examples, bench and tools': ['tsc', '-p', 'tsconfig.test.json'],
  'types of the example with decorators': ['tsc', '-p', 'examples/nestjs/tsconfig.json'],
  // Type-aware lint knows no export conditions: for tests and examples it reads the types of the build.
  build: ['tsc', '-p', 'tsconfig.build.json'],
  lint: ['oxlint', '--type-aware', '--deny-warnings', ...CODE],
  format: ['oxfmt', '--check', ...CODE],
  'architecture, public API, error codes': [
    'node',
    '--conditions=athanor-source',
    '--test',
    '--test-isolation=none',
    'test/architecture.test.ts',
    'test/public-api.test.ts',
    'test/docs/errors.test.ts',
  ],
}

const failed: string[] = []
for (const [name, [command = '', ...args]] of Object.entries(STEPS)) {
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`)
  if (status === 0) continue
  failed.push(name)
  process.stdout.write(`${stdout ?? ''}${stderr ?? `${command} did not start`}\n`)
}
if (failed.length > 0) process.stdout.write(`\nFailed: ${failed.join('; ')}\n`)
process.exitCode = failed.length > 0 ? 1 : 0
