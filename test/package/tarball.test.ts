import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { COMPILERS, compile, temporaryFolder, type Compiler } from '../support/consumer.ts'
import { readExamples } from '../support/doc-examples.ts'
import { startProgram } from '../support/started-program.ts'

const run = promisify(execFile)
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  devDependencies: Record<string, string>
}

/** What the programs of the quickstart need, with its types. */
const TYPED_PACKAGES = [
  '@types/node',
  'undici-types',
  'express',
  '@types/express',
  'koa',
  '@types/koa',
  'hono',
  '@hono/node-server',
  'h3',
  'srvx',
  'rxjs',
  'reflect-metadata',
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
]

describe('the packed tarball, in an empty project', () => {
  const folder = temporaryFolder()
  const project = join(folder, 'project')
  let tarball: string

  before(async () => {
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
      maxBuffer: 1 << 26,
    })
    const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as { filename: string }[]
    tarball = join(folder, packed?.filename ?? '')
    mkdirSync(project)
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'mine', type: 'module' }))
    const fastify = `fastify@${manifest.devDependencies['fastify']}`
    await run('npm', ['install', '--prefer-offline', tarball, fastify], { cwd: project })
    const [first] = readExamples('README.md')
    assert.ok(first, 'README.md begins with a program')
    writeFileSync(join(project, 'main.ts'), first.code)
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  it('holds the build, the sources and the papers, and nothing else', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball])
    const roots = new Set(
      stdout
        .trim()
        .split('\n')
        .map((path) => path.split('/')[1]),
    )
    assert.deepEqual(roots, new Set(['LICENSE', 'README.md', 'dist', 'package.json', 'src']))
    assert.ok(statSync(tarball).size < 2_000_000, 'less than two megabytes')
  })

  it('pleases publint', async () => {
    const { messages, pkg } = await publint({
      pkgDir: join(project, 'node_modules/athanor'),
      strict: true,
      pack: false,
    })
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg, { color: false })),
      [],
    )
  })

  it('runs the program of the README as pasted, and the program answers requests', async () => {
    const { program, url, complaints } = await startProgram(['main.ts'], { cwd: project, port: 0 })
    try {
      const posted = await fetch(`${url}/posts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ title: 'Hello' }),
      })
      assert.deepEqual([posted.status, await posted.json()], [201, { id: 1, title: 'Hello' }])
      const listed = await fetch(`${url}/posts`)
      assert.deepEqual([listed.status, await listed.json()], [200, [{ id: 1, title: 'Hello' }]])
      assert.equal((await fetch(`${url}/posts/1`)).status, 200)
      assert.equal((await fetch(`${url}/posts/2`)).status, 404)
    } finally {
      program.kill()
      await once(program, 'exit')
    }
    assert.equal(complaints(), '')
  })

  describe('type-checks', () => {
    before(() => {
      for (const name of TYPED_PACKAGES) link(name)
      const programs = readExamples('docs/quickstart.md')
      assert.equal(programs.length, 7)
      for (const [index, { code }] of programs.entries())
        writeFileSync(join(project, `quickstart-${index}.ts`), code)
    })

    for (const compiler of Object.keys(COMPILERS) as Compiler[]) {
      it(`the programs of the README and of each adapter on TypeScript ${compiler}`, async () => {
        const { errors } = await compile(project, compiler, { experimentalDecorators: true })
        assert.deepEqual(errors, [])
      })
    }
  })

  /** Puts a package of this repository into the project. */
  function link(name: string): void {
    const target = join(project, 'node_modules', name)
    mkdirSync(dirname(target), { recursive: true })
    rmSync(target, { recursive: true, force: true })
    symlinkSync(resolve('node_modules', name), target)
  }
})
