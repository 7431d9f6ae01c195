import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '../../../examples/wiki/app.ts'
import type { WikiOptions } from '../../../examples/wiki/options.ts'
import { importFolder } from '../../../examples/wiki/services/import/import-folder.ts'
import type { DatabaseKind } from '../../support/databases.ts'
import {
  Visitor,
  describeOnEveryDatabase,
  editorOf,
  readable,
  temporaryFolder,
  type TestContext,
} from './support.ts'

async function folderOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder(t)
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

describeOnEveryDatabase('an import', (openWiki) => {
  it('makes pages of files: titles, tags, links', async (t) => {
    const app = await openWiki(t)
    const folder = await folderOf(t, {
      'README.md':
        '# The docs\n\n[errors](errors.md#here) and [guide](guides/a%20b.md) and [code](../src/x.ts)',
      'errors.md': '# Errors\n\n## Here\n\nText',
      'guides/a b.md': '---\ntitle: A guide\ntags: how-to\n---\nBack to [[docs]]',
      'guides/too-long.md': 'x'.repeat(100_001),
    })
    const report = await app.wiki.db.run(
      () => importFolder(app.wiki, { folder, under: 'docs', tags: ['docs'] }),
      { commit: 'onSuccess' },
    )
    assert.deepEqual(report.created, ['docs', 'docs/errors', 'docs/guides/a-b'])
    assert.deepEqual(report.skipped, [
      { file: 'guides/too-long.md', reason: 'it is longer than 100000 characters' },
    ])
    const editor = await editorOf(app)
    const page = await editor.get('/wiki/docs')
    assert.match(page.markup, /<h1>The docs<\/h1>/)
    assert.match(
      page.markup,
      /<a href="\/wiki\/docs\/errors#here">errors<\/a> and <a href="\/wiki\/docs\/guides\/a-b">guide<\/a> and code/,
    )
    assert.match(
      readable((await editor.get('/wiki/docs/guides/a-b')).body),
      /A guide .* docs how-to Back to Docs/,
    )
    assert.match((await editor.get('/search?q=guide')).markup, /href="\/wiki\/docs\/guides\/a-b"/)
  })

  it('changes what differs and nothing else when it is repeated', async (t) => {
    const app = await openWiki(t)
    const folder = await folderOf(t, { 'a.md': '# A\n\none', 'b.md': '# B\n\ntwo' })
    const run = () =>
      app.wiki.db.run(() => importFolder(app.wiki, { folder, tags: ['x', 'y'] }), {
        commit: 'onSuccess',
      })
    await run()
    await writeFile(join(folder, 'b.md'), '# B\n\nthree')
    await writeFile(join(folder, 'c.md'), '# C\n\nfour')
    assert.deepEqual(await run(), { created: ['c'], updated: ['b'], unchanged: ['a'], skipped: [] })
    assert.deepEqual(await run(), {
      created: [],
      updated: [],
      unchanged: ['a', 'b', 'c'],
      skipped: [],
    })
    const editor = await editorOf(app)
    assert.match(
      readable((await editor.get('/history/b')).body),
      /Version 2 current .*Imported from b\.md.*Version 1/,
    )
    assert.match(readable((await editor.get('/history/a')).body), /Version 1 current/)
  })

  it('is all or nothing', async (t) => {
    const app = await openWiki(t)
    const folder = await folderOf(t, { 'a.md': 'one', 'b.md': 'two' })
    const broken = {
      ...app.wiki,
      search: { ...app.wiki.search, put: () => Promise.reject(new Error('the disk is full')) },
    }
    await assert.rejects(
      app.wiki.db.run(() => importFolder(broken, { folder }), { commit: 'onSuccess' }),
      /the disk is full/,
    )
    const editor = await editorOf(app)
    assert.match(readable((await editor.get('/pages')).body), /0 pages/)
  })

  it('says which files would come to lie on one another', async (t) => {
    const app = await openWiki(t)
    const folder = await folderOf(t, {
      'a b.md': 'one',
      'a-b.md': 'two',
      'c/index.md': 'x',
      'c.md': 'y',
    })
    const { created, skipped } = await app.wiki.db.run(() => importFolder(app.wiki, { folder }))
    assert.deepEqual(created, ['a-b', 'c'])
    assert.deepEqual(
      skipped.map(({ file }) => file),
      ['a-b.md', 'c/index.md'],
    )
  })
})

describeOnEveryDatabase('the first start', (_openWiki, database) => {
  // a PGlite in memory is another one after each start
  const lasting = database.needs('data when it is opened again', database.name !== 'pglite')

  it(
    'imports its seeds and tells the password once; later starts do neither',
    lasting,
    async (t) => {
      const seeds = [{ folder: await folderOf(t, { 'home.md': '# Welcome\n\nHere.' }) }]
      const start = await startsOn(t, database)
      const said: string[] = []
      const options = { seeds, announce: (line: string) => said.push(line) }
      const first = await start(options)
      assert.equal((await first.inject('/')).statusCode, 200)
      await first.close()
      assert.equal(said.length, 2)
      const password = /Log in as "admin" with the password (\S+)$/.exec(said[0] ?? '')?.[1] ?? ''
      const second = await start(options)
      assert.equal(said.length, 2)
      assert.equal((await new Visitor(second).logIn(password)).statusCode, 303)
    },
  )

  it('gives the admin a new password when one is given later', lasting, async (t) => {
    const start = await startsOn(t, database)
    await (await start({ adminPassword: 'one' })).close()
    const app = await start({ adminPassword: 'two' })
    assert.equal((await new Visitor(app).logIn('one')).statusCode, 422)
    assert.equal((await new Visitor(app).logIn('two')).statusCode, 303)
  })
})

/** Starts one wiki after another on the same database; the last one is closed when the test ends. */
async function startsOn(
  t: TestContext,
  database: DatabaseKind,
): Promise<(options: Partial<WikiOptions>) => Promise<FastifyInstance>> {
  const { url, release } = await database.lend()
  let app: FastifyInstance | undefined
  t.after(async () => {
    await app?.close()
    await release()
  })
  return async (options) => (app = await buildApp({ url, passwordCost: 256, ...options }))
}
