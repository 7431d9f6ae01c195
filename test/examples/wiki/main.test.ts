import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { databases } from '../../support/databases.ts'
import { temporaryFolder, type TestContext } from './support.ts'

const WIKI = join(import.meta.dirname, '../../../examples/wiki')

interface Started {
  readonly child: ChildProcess
  /** What it has printed so far. */
  output(): string
  readonly ended: Promise<number | null>
}

function start(
  t: TestContext,
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Started {
  const child = spawn(
    process.execPath,
    ['--conditions=athanor-source', join(WIKI, script), ...args],
    { env: { ...process.env, ...env } },
  )
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  t.after(async () => {
    if (child.exitCode === null) child.kill('SIGKILL')
    await ended
  })
  return { child, output: () => printed, ended }
}

async function addressOf(wiki: Started): Promise<string> {
  for (;;) {
    const address = /The wiki is at (\S+)/.exec(wiki.output())?.[1]
    if (address !== undefined) return address
    await Promise.race([
      once(wiki.child.stdout ?? wiki.child, 'data'),
      wiki.ended.then((code) => assert.fail(`it ended with ${code}: ${wiki.output()}`)),
    ])
  }
}

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
  const wiki = start(t, 'main.ts', [], { WIKI_DATABASE_URL: url, PORT: '0' })
  const address = await addressOf(wiki)
  assert.match(wiki.output(), /Log in as "admin" with the password [a-z2-9-]{23}\n/)
  const page = await fetch(`${address}/`)
  assert.equal(page.status, 200)
  assert.match(await page.text(), /<h1>Welcome<\/h1>/)
  const docs = await (await fetch(`${address}/pages/list/docs`)).text()
  assert.match(docs, /href="\/wiki\/docs\//)
  wiki.child.kill(signal)
  assert.equal(await wiki.ended, 0)
  assert.doesNotMatch(wiki.output(), /error|warning/i)
}

describe('the command', () => {
  it('imports a folder into the wiki', async (t) => {
    const folder = await temporaryFolder(t)
    await mkdir(join(folder, 'notes'))
    await writeFile(join(folder, 'notes/one.md'), '# One\n\nText')
    await writeFile(join(folder, 'notes/bad.md'), Buffer.from([0xff]))
    const env = { WIKI_DATABASE_URL: join(folder, 'wiki.db') }
    const command = start(
      t,
      'import.ts',
      [join(folder, 'notes'), '--under', 'my notes', '--tag', 'a', '--tag', 'b'],
      env,
    )
    assert.equal(await command.ended, 0, command.output())
    assert.match(
      command.output(),
      /1 page created, 0 updated, 0 unchanged\.\nLeft out bad\.md: it is not UTF-8 text\./,
    )
    const wiki = start(t, 'main.ts', [], { ...env, PORT: '0' })
    const page = await (await fetch(`${await addressOf(wiki)}/wiki/my-notes/one`)).text()
    assert.match(page, /<h1>One<\/h1>/)
  })

  it('says how it is used, and which folder is not there', async (t) => {
    const env = { WIKI_DATABASE_URL: ':memory:' }
    const usage = start(t, 'import.ts', [], env)
    const missing = start(t, 'import.ts', ['/not/there'], env)
    const misplaced = start(t, 'import.ts', ['/tmp', '--under', '../x'], env)
    assert.deepEqual([await usage.ended, await missing.ended, await misplaced.ended], [2, 2, 2])
    assert.match(usage.output(), /^Usage: /)
    assert.match(missing.output(), /There is no folder "\/not\/there"/)
    assert.match(misplaced.output(), /"\.\.\/x" is no location/)
  })
})
