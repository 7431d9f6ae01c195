import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'

const ROW = /^\| .+ \| `(.+)`: (.+?) *\|$/gm

it('The table of faults names tests that exist', () => {
  const table = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
  const rows = [...table.matchAll(ROW)]
  assert.ok(rows.length > 40, `${rows.length} rows were read`)
  for (const [, file = '', title = ''] of rows) {
    const text = readFileSync(join(import.meta.dirname, file), 'utf8').replaceAll("\\'", "'")
    assert.ok(text.includes(title), `${file} has no test "${title}"`)
  }
})
