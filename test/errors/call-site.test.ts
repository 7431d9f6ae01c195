import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { symlinkSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import ts from 'typescript-6.0'
import { CallSite } from '../../src/errors/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const PROGRAM = `
import { Database, Model, id } from 'athanor'

interface Erased {
  readonly lines: 'that the compiled file does not have'
}

class Thing extends Model({ id: id() }) {}
const db = new Database({ url: 'sqlite::memory:', models: { Thing }, recordQueries: true })
await db.createAll()
await db.run(async (scope) => {
  const erased: Erased | undefined = undefined
  await db.session.get(Thing, 1)
  console.log(scope.queries[0]?.location, erased)
})
`
const LINE = PROGRAM.split('\n').findIndex((line) => line.includes('.get(')) + 1

/** How the program is run, and where its compiled file is. */
interface Compiled {
  readonly flags?: readonly string[]
  readonly compiled?: string
}

/** Where the program says that its statement comes from, compiled and run as a program in a folder of its own. */
function locationIn(
  t: TestContext,
  options: ts.CompilerOptions,
  { flags = [], compiled = 'out/program.js' }: Compiled = {},
): string {
  const folder = temporaryFolder(t)
  for (const name of ['src', dirname(compiled), 'node_modules'])
    mkdirSync(join(folder, name), { recursive: true })
  symlinkSync(process.cwd(), join(folder, 'node_modules/athanor'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'src/program.ts'), PROGRAM)
  const { outputText, sourceMapText } = ts.transpileModule(PROGRAM, {
    fileName: 'program.ts',
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      sourceRoot: '../src',
      ...options,
    },
  })
  writeFileSync(join(folder, compiled), outputText)
  if (sourceMapText !== undefined) writeFileSync(join(folder, `${compiled}.map`), sourceMapText)
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=athanor-source', ...flags, compiled],
    { cwd: folder, encoding: 'utf8' },
  )
  assert.equal(stderr.replaceAll(/^.*(?:ExperimentalWarning|trace-warnings).*\n/gm, ''), '')
  return stdout.trim().replace(/:\d+ undefined$/, '')
}

describe('a call site in a compiled program', () => {
  // web 86
  it('is the place in the source, with a source map beside the file or in it', (t) => {
    const maps: readonly ts.CompilerOptions[] = [{ sourceMap: true }, { inlineSourceMap: true }]
    for (const options of maps) assert.equal(locationIn(t, options), `src/program.ts:${LINE}`)
  })

  it('is the same where Node maps stacks itself', (t) => {
    assert.equal(
      locationIn(t, { sourceMap: true }, { flags: ['--enable-source-maps'] }),
      `src/program.ts:${LINE}`,
    )
  })

  it('is the place in the compiled file where there is no source map', (t) => {
    const location = locationIn(t, {})
    assert.match(location, /^out\/program\.js:\d+$/)
    assert.notEqual(location, `out/program.js:${LINE}`)
  })

  it('is in a folder whose name has parentheses, as routers make them', (t) => {
    const location = locationIn(t, {}, { compiled: 'out/(shop)/program.js' })
    assert.match(location, /^out\/\(shop\)\/program\.js:\d+$/)
  })
})

describe('a call site', () => {
  it('does not hold all that came before it, where each was made in the last', async () => {
    let last = new CallSite()
    const first = new WeakRef(last)
    for (let i = 0; i < 100; i += 1) last = new CallSite({ otherwise: last })
    await turn()
    globalThis.gc?.()
    assert.equal(first.deref(), undefined)
    assert.match(last.toString(), /call-site\.test\.ts/)
  })

  it('is told by one behind it where it has no line of the program itself', () => {
    const program = new CallSite()
    let site = program
    for (let i = 0; i < 5; i += 1) site = new CallSite({ below: outermost, otherwise: site })
    assert.equal(site.toString(), program.toString())
  })
})

/** Is on no stack: nothing is captured below it. */
function outermost(): void {}
