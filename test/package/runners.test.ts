import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { installPacked, temporaryFolder } from '../support/consumer.ts'

const run = promisify(execFile)

interface Runner {
  /** What is installed for it; they are too heavy for the devDependencies (a hundred megabytes). */
  readonly install?: string
  /** What stands in front of the tests. */
  readonly header: string
  /** Arguments of Node; a program stands in node_modules. */
  readonly args: readonly string[]
  /** What it prints where four tests have passed. */
  readonly passed: RegExp
}

const RUNNERS: Readonly<Record<string, Runner>> = {
  'node:test': {
    header: `import { test, beforeEach, afterEach, before as beforeAll, after as afterAll } from 'node:test'`,
    args: ['--test', '--test-reporter=tap'],
    passed: /^# pass 4$/m,
  },
  vitest: {
    install: 'vitest@5.1.1',
    header: `import { test, beforeEach, afterEach, beforeAll, afterAll } from 'vitest'`,
    args: ['../node_modules/vitest/vitest.mjs', 'run', '--no-color'],
    passed: /Tests\s+4 passed \(4\)/,
  },
  jest: {
    install: 'jest@30.5.2',
    header: '', // its functions are there without an import
    args: [
      '--experimental-vm-modules',
      '../node_modules/jest/bin/jest.js',
      `--config=${JSON.stringify({ transform: {} })}`,
      '--colors=false',
      '--watchman=false',
    ],
    passed: /Tests:\s+4 passed, 4 total/,
  },
}

/** What the package and the application of the test need, from here. */
const PACKAGES = ['kysely', 'fastify', 'fastify-plugin']
const INSTALL = ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']

describe('testScope of the packed package', () => {
  const folder = temporaryFolder()
  const modules = join(folder, 'node_modules')

  before(async () => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'mine', type: 'module' }))
    const wanted = Object.values(RUNNERS).flatMap(({ install = [] }) => install)
    await run('npm', [...INSTALL, ...wanted], { cwd: folder })
    await installPacked(join(modules, 'athanor'))
    for (const name of PACKAGES) symlinkSync(resolve('node_modules', name), join(modules, name))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  for (const [name, runner] of Object.entries(RUNNERS)) {
    it(`serves tests of ${name}: each stores the same row, and none finds that of another`, async () => {
      const project = join(folder, name.replace(':', '-'))
      mkdirSync(project)
      const tests = readFileSync('test/package/runners/users.test.js', 'utf8')
      writeFileSync(join(project, 'users.test.js'), `${runner.header}\n${tests}`)
      writeFileSync(join(project, 'app.js'), readFileSync('test/package/runners/app.js'))
      writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }))
      const env = {
        ...process.env,
        DATABASE_URL: `sqlite:${join(project, 'test.db')}`,
        NODE_TEST_CONTEXT: undefined, // this is a test run of its own
      }
      const { stdout, stderr } = await run(process.execPath, runner.args, {
        cwd: project,
        env,
        timeout: 120_000,
      })
      assert.match(stdout + stderr, runner.passed)
    })
  }
})
