import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { databases } from '../../support/databases.ts'
import { addressOf, endsCleanly, start } from '../support/program.ts'
import { temporaryFolder, type TestContext } from './support.ts'

describe('the program', () => {
  // in another process a PGlite in memory takes seconds to start
  for (const database of databases().filter(({ name }) => name !== 'pglite')) {
    it(`serves the imported documentation from ${database.name}, and ends cleanly on SIGTERM`, async (t) => {
      const { url, release } = await database.lend()
      await servesDocumentation(t, url, 'SIGTERM')
      await release()
    })
  }

  it('takes the path of a file for SQLite, and ends cleanly on SIGINT', async (t) => {
    await servesDocumentation(t, join(await temporaryFolder(t), 'wiki.db'), 'SIGINT')
  })
})

async function servesDocumentation(
  t: TestContext,
  url: string,
  signal: 'SIGTERM' | 'SIGINT',
): Promise<void> {
  const wiki = start(t, 'wiki/main.ts', { env: { WIKI_DATABASE_URL: url, PORT: '0' } })
  const address = await addressOf(wiki)
  assert.match(wiki.output(), /Log in as "admin" with the password [a-z2-9-]{23}\n/)
  const page = await fetch(`${address}/`)
  assert.equal(page.status, 200)
  assert.match(await page.text(), /<h1>Welcome<\/h1>/)
  const docs = await (await fetch(`${address}/pages/list/docs`)).text()
  assert.match(docs, /href="\/wiki\/docs\//)
  await endsCleanly(wiki, signal)
}

describe('the command', () => {
  it('imports a folder into the wiki', async (t) => {
    const folder = await temporaryFolder(t)
    await mkdir(join(folder, 'notes'))
    await writeFile(join(folder, 'notes/one.md'), '# One\n\nText')
    await writeFile(join(folder, 'notes/bad.md'), Buffer.from([0xff]))
    const env = { WIKI_DATABASE_URL: join(folder, 'wiki.db') }
    const command = start(t, 'wiki/import.ts', {
      args: [join(folder, 'notes'), '--under', 'my notes', '--tag', 'a', '--tag', 'b'],
      env,
    })
    assert.equal(await command.ended, 0, command.output())
    assert.match(
      command.output(),
      /1 page created, 0 updated, 0 unchanged\.\nLeft out bad\.md: it is not UTF-8 text\./,
    )
    const wiki = start(t, 'wiki/main.ts', { env: { ...env, PORT: '0' } })
    const page = await (await fetch(`${await addressOf(wiki)}/wiki/my-notes/one`)).text()
    assert.match(page, /<h1>One<\/h1>/)
  })

  it('says how it is used, and which folder is not there', async (t) => {
    const env = { WIKI_DATABASE_URL: ':memory:' }
    const usage = start(t, 'wiki/import.ts', { env })
    const missing = start(t, 'wiki/import.ts', { args: ['/not/there'], env })
    const misplaced = start(t, 'wiki/import.ts', { args: ['/tmp', '--under', '../x'], env })
    assert.deepEqual([await usage.ended, await missing.ended, await misplaced.ended], [2, 2, 2])
    assert.match(usage.output(), /^Usage: /)
    assert.match(missing.output(), /There is no folder "\/not\/there"/)
    assert.match(misplaced.output(), /"\.\.\/x" is no location/)
  })
})
