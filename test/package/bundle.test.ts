import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { build } from 'esbuild'

const run = promisify(execFile)
const SOURCE = 'test/package/bundled/app.ts'

interface Output {
  readonly tables: readonly { readonly name: string; readonly sql: string | null }[][]
  readonly answers: readonly (readonly [number, string])[]
}

async function outputOf(file: string): Promise<Output> {
  const { stdout } = await run(process.execPath, ['--conditions=athanor-source', file])
  return JSON.parse(stdout) as Output
}

describe('an application bundled and minified by esbuild', () => {
  for (const [format, file] of [
    ['esm', 'app.mjs'],
    ['cjs', 'app.cjs'],
  ] as const) {
    // web 54
    it(`makes the same tables and gives the same answers as its source: ${format}`, async (t) => {
      const folder = mkdtempSync(join(process.cwd(), 'node_modules/.athanor-bundle-'))
      t.after(() => rmSync(folder, { recursive: true, force: true }))
      const outfile = join(folder, file)
      const { metafile } = await build({
        entryPoints: [SOURCE],
        outfile,
        bundle: true,
        minify: true,
        metafile: true,
        platform: 'node',
        format,
        target: 'node22',
        conditions: ['athanor-source'],
        packages: 'bundle',
        external: ['better-sqlite3', 'pg', 'mariadb', 'mysql2', '@electric-sql/pglite'],
        logLevel: 'silent',
      })
      const { inputs } = Object.values(metafile.outputs)[0] ?? {}
      assert.ok(
        Object.keys(inputs ?? {}).some((path) => path.startsWith('src/')),
        'athanor is in the bundle',
      )
      const [source, bundled] = [await outputOf(SOURCE), await outputOf(outfile)]
      assert.deepEqual(bundled, source)
      assert.deepEqual(
        source.tables.map((tables) =>
          tables
            .filter(({ sql }) => sql?.startsWith('CREATE TABLE') === true)
            .map(({ name }) => name),
        ),
        [['author', 'blog_post', 'post_tags', 'tag'], ['http_log']],
      )
      assert.deepEqual(
        source.answers.map(([status]) => status),
        [200, 200, 500, 200],
      )
      assert.match(
        source.answers[3]?.[1] ?? '',
        /"title":"First".*"name":"Ada".*# First.*<BlogPost 1>/,
      )
    })
  }
})
