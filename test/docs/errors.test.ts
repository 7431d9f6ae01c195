import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { ERROR_CODES } from '../../src/errors/codes.ts'

type CodeTable = Readonly<Record<string, readonly [className: string, meaning: string]>>

/** Codes that no test of ours can provoke yet, with the reason. A code that a test does provoke must leave this list. */
const NOT_PROVOKED: Readonly<Record<string, string>> = {}

/** Codes in tests that are not of our errors: Node's, SQLite's, MySQL's, Fastify's, errno names, and those of our warnings. */
const FOREIGN = /^(?:ERR_|ER_|SQLITE_|FST_|ATHANOR_)|^E[A-Z0-9]+$/

interface Sources {
  readonly table: CodeTable
  readonly page: string
  readonly tests: string
  readonly notProvoked: Readonly<Record<string, string>>
}

/** Everything in which the code table, the page and the tests disagree. */
function disagreements({ table, page, tests, notProvoked }: Sources): string[] {
  const sections = page.split(/^### /m).slice(1)
  const documented = new Map(sections.map((text) => [text.split('\n', 1)[0] ?? '', text]))
  const isProvoked = (code: string): boolean => tests.includes(`'${code}'`)
  const faults: string[] = []
  for (const [code, [className, meaning]] of Object.entries(table)) {
    const section = documented.get(code)
    if (section === undefined) faults.push(`${code} is not in docs/errors.md`)
    else if (!section.includes(`\n\`${className}\`. ${meaning}\n`))
      faults.push(`${code} has another class or meaning in docs/errors.md`)
    else if (!/\*\*Usual cause\.\*\* \S[^]*\*\*Fix\.\*\* \S/.test(section))
      faults.push(`${code} has no usual cause and fix in docs/errors.md`)
    if (code in notProvoked === isProvoked(code))
      faults.push(
        isProvoked(code)
          ? `${code} is provoked, take it off the list`
          : `${code} is provoked by no test`,
      )
  }
  const asserted = [...tests.matchAll(/\bcode(?:: |, | === )'([A-Z][A-Z0-9_]+)'/g)].map(
    ([, code = '']) => code,
  )
  const mentioned = {
    'docs/errors.md': documented.keys(),
    'a test': asserted,
    'the list of unprovoked codes': Object.keys(notProvoked),
  }
  for (const [place, codes] of Object.entries(mentioned)) {
    for (const code of new Set(codes)) {
      if (!(code in table) && !FOREIGN.test(code))
        faults.push(`${code} stands in ${place}, but in no table`)
    }
  }
  return faults
}

const real: Sources = {
  table: ERROR_CODES,
  page: readFileSync('docs/errors.md', 'utf8'),
  tests: globSync('test/**/*.test.ts', { exclude: ['test/docs/errors.test.ts'] })
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n'),
  notProvoked: NOT_PROVOKED,
}

describe('error codes', () => {
  it('are the same in the code table, on docs/errors.md and in the tests that provoke them', () => {
    assert.ok(Object.keys(real.table).length > 30)
    assert.deepEqual(disagreements(real), [])
  })
})

describe('the check of error codes', () => {
  const table: CodeTable = { NO_SCOPE: ['NoScopeError', 'There is no open scope here.'] }
  const page =
    '### NO_SCOPE\n\n`NoScopeError`. There is no open scope here.\n\n**Usual cause.** x\n\n**Fix.** y\n'
  const agreeing: Sources = { table, page, tests: `{ code: 'NO_SCOPE' }`, notProvoked: {} }
  const planted: readonly (readonly [fault: string, Partial<Sources>])[] = [
    ['NO_SCOPE is not in docs/errors.md', { page: '' }],
    [
      'NO_SCOPE has another class or meaning in docs/errors.md',
      { page: page.replace('NoScope', 'Scope') },
    ],
    [
      'NO_SCOPE has no usual cause and fix in docs/errors.md',
      { page: page.replace('Fix', 'Hint') },
    ],
    ['NO_SCOPE is provoked by no test', { tests: '' }],
    ['NO_SCOPE is provoked, take it off the list', { notProvoked: { NO_SCOPE: 'planted' } }],
    [
      'NO_SCOPES stands in a test, but in no table',
      { tests: `{ code: 'NO_SCOPE' } { code: 'NO_SCOPES' }` },
    ],
    ['OLD stands in docs/errors.md, but in no table', { page: `${page}### OLD\n` }],
    [
      'OLD stands in the list of unprovoked codes, but in no table',
      { notProvoked: { OLD: 'planted' } },
    ],
  ]

  it('finds nothing where all agree', () => {
    assert.deepEqual(disagreements(agreeing), [])
  })

  for (const [fault, change] of planted) {
    it(`finds: ${fault}`, () => {
      assert.deepEqual(disagreements({ ...agreeing, ...change }), [fault])
    })
  }

  it('finds a code that is wrong in the real table', () => {
    const { NO_SCOPE, ...others } = real.table
    assert.ok(NO_SCOPE)
    const faults = disagreements({ ...real, table: { ...others, NO_SCOPES: NO_SCOPE } })
    assert.ok(faults.includes('NO_SCOPES is not in docs/errors.md'))
    assert.ok(faults.includes('NO_SCOPE stands in docs/errors.md, but in no table'))
  })
})
