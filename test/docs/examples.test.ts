import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { BACKENDS } from '../support/backends.ts'
import { compile } from '../support/consumer.ts'
import { databases } from '../support/databases.ts'
import { readExamples, withAssertions, type Example } from '../support/doc-examples.ts'
import { programFolder } from '../support/program-folder.ts'
import { SURROUNDINGS } from '../support/doc-surroundings.ts'

const run = promisify(execFile)
const examples = [
  'README.md',
  ...globSync('docs/**/*.md').toSorted(),
  ...globSync('src/**/*.ts').toSorted(),
].flatMap(readExamples)

/** Servers do not end by themselves; test/package runs the one of the README, quickstart.test.ts those of docs/quickstart.md. */
const isServer = ({ code }: Example): boolean => /\.listen\(|\bserve\(/.test(code)

/**
 * What an example asks the environment for: `DATABASE` says that it runs on every database, `MARIADB` that it needs one whose URL begins so. What it
 * falls back on is for the reader.
 */
const wantedUrl = ({ code }: Example): string | undefined =>
  /process\.env\['([A-Z]+)_URL'\]/.exec(code)?.[1]

/** Runs a file of examples as a user's program would run. */
function execute(file: string): Promise<unknown> {
  return run(process.execPath, ['--conditions=athanor-source', file], { timeout: 120_000 })
}

/** The example as a program whose `// => value` comments are assertions. */
function programOf({ place, code }: Example): string {
  const surroundings = SURROUNDINGS[place.replace(/:\d+$/, '')] ?? 'EXAMPLE'
  return withAssertions(surroundings.replace('EXAMPLE', () => code))
}

describe('the examples of README, docs and doc comments', () => {
  const folder = programFolder()
  const fileOf = (index: number): string => join(folder, `example-${index}.ts`)

  before(() => {
    for (const [index, example] of examples.entries())
      writeFileSync(fileOf(index), programOf(example))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('are found', () => {
    assert.ok(examples.some(({ place }) => place.startsWith('README.md')))
    assert.ok(examples.some(({ place }) => place.startsWith('src/')))
  })

  it('ask for databases that there are, so that none of them is left out for ever', () => {
    const schemes = Object.values(BACKENDS).map(({ lender }) => lender.example.split(':')[0] ?? '')
    const known = new Set(['DATABASE', ...schemes.map((scheme) => scheme.toUpperCase())])
    const unknown = examples.filter((example) => !known.has(wantedUrl(example) ?? 'DATABASE'))
    assert.deepEqual(unknown, [])
  })

  it('type-check', async () => {
    const { errors } = await compile(folder, '7.0', {
      customConditions: ['athanor-source'],
      skipLibCheck: true,
      experimentalDecorators: true, // Nest's
    })
    const placed = errors.map((line) =>
      line.replace(
        /^.*example-(\d+)\.ts/,
        (_, index: string) => examples[Number(index)]?.place ?? index,
      ),
    )
    assert.deepEqual(placed, [])
  })

  for (const [index, example] of examples.entries()) {
    if (isServer(example) || wantedUrl(example) !== undefined) continue
    it(`run: ${example.place}`, async () => {
      await assert.doesNotReject(execute(fileOf(index)))
    })
  }

  // a PGlite takes seconds to start, and would for each of them
  for (const database of databases().filter(({ name }) => name !== 'pglite')) {
    it(`run on ${database.name}`, async (t) => {
      const lines: string[] = []
      const kinds = ['DATABASE', database.dialect.name.toUpperCase()]
      for (const [index, example] of examples.entries()) {
        const wanted = wantedUrl(example)
        if (wanted === undefined || !kinds.includes(wanted)) continue
        const { url, release } = await database.lend()
        t.after(release)
        const failed = `(cause) => { throw new Error(${JSON.stringify(example.place)}, { cause }) }`
        lines.push(`process.env['${wanted}_URL'] = ${JSON.stringify(url)}`)
        lines.push(`await import('./example-${index}.ts').catch(${failed})`)
      }
      const all = join(folder, `all-on-${database.name}.mjs`) // starting a program for each takes longer than they do
      writeFileSync(all, lines.join('\n'))
      await assert.doesNotReject(execute(all))
    })
  }

  it('fail when what they promise is wrong', async () => {
    const wrong = join(folder, 'planted.mjs')
    writeFileSync(wrong, withAssertions('const sum = 1 + 1 // => 3\n'))
    await assert.rejects(execute(wrong), /AssertionError/)
    writeFileSync(wrong, withAssertions('[1 + 1] // => [2]\n'))
    await assert.doesNotReject(execute(wrong))
  })
})
