import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Database } from 'athanor'

interface Option {
  readonly name: string
  readonly value: unknown
}

/** The rows of the table of options on a page: name -> what stands under default. */
function optionsOn(page: string): Map<string, string> {
  const [, table = ''] = /\n\| option \|[^\n]*\n\|-[^\n]*\n((?:\|[^\n]*\n)+)/.exec(page) ?? []
  const rows = table.split('\n').filter((row) => row !== '')
  return new Map(
    rows.map((row) => {
      const [, name = '', , value = ''] = row.split('|').map((cell) => cell.trim())
      return [name.replaceAll('`', ''), value]
    }),
  )
}

/** Everything in which the table and the options of an engine disagree. */
function disagreements(page: string, options: readonly Option[]): string[] {
  const documented = optionsOn(page)
  const real = new Map(options.map(({ name, value }) => [name, value]))
  const faults: string[] = []
  for (const [name, value] of real) {
    const stated = documented.get(name)
    if (stated === undefined) faults.push(`${name} is not on the page`)
    else if (typeof value === 'number' && !stated.startsWith(spelled(value)))
      faults.push(`${name} is ${spelled(value)}, not ${stated}`)
  }
  for (const name of documented.keys())
    if (!real.has(name) && name !== 'configure') faults.push(`${name} is on the page only`)
  return faults
}

/** `30 000`. */
function spelled(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ' ')
}

describe('the table of options in docs/engines.md', () => {
  const page = readFileSync('docs/engines.md', 'utf8')
  // on a server: only there every option is in effect
  const { engine } = new Database({ models: {}, url: 'postgres://localhost/app' })
  const options = engine.describeOptions().filter(({ name }) => name !== 'lockTimeoutMs')
  const comparable = page.replace(/^\| `lockTimeoutMs`.*\n/m, '') // it has a default in words

  it('names every option of an engine, with its default', () => {
    assert.ok(options.length > 20)
    assert.deepEqual(disagreements(comparable, options), [])
  })

  it('is found out when it names another default, an option that is none, or not all', () => {
    const wrong = comparable
      .replace('| `provenAliveMs` | ms | 1 000 |', '| `provenAliveMs` | ms | 2 000 |')
      .replace('| `echo` |', '| `eco` |')
    assert.deepEqual(disagreements(wrong, options), [
      'provenAliveMs is 1 000, not 2 000',
      'echo is not on the page',
      'eco is on the page only',
    ])
  })
})
