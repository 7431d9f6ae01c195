import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { Agent, request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { json } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import ts from 'typescript-6.0'
import { freePort } from '../servers/index.ts'
import { readExamples } from '../support/doc-examples.ts'
import { programFolder } from '../support/program-folder.ts'
import { startProgram } from '../support/started-program.ts'

/** Asks for a path below the program's address, or sends something there. */
type Ask = (path: string, sent?: object) => Promise<Response>

const programs = readExamples('docs/quickstart.md').map((example) => ({
  ...example,
  adapter: /'athanor\/(\w+)'/.exec(example.code)?.[1] ?? '',
}))

/** The program as JavaScript: decorators need a compiler, types alone would not. */
function compiled(code: string): string {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      experimentalDecorators: true,
    },
  })
  return outputText
}

/** Everything that the page promises of each program. */
async function converse(ask: Ask): Promise<void> {
  const post = (title: string): Promise<Response> => ask('/posts', { title })
  const made = await post('Hello')
  assert.equal(made.status, 201)
  assert.deepEqual(await made.json(), { id: 1, title: 'Hello' })
  assert.equal((await post('Again')).status, 201)
  assert.deepEqual(await (await ask('/posts')).json(), [
    { id: 2, title: 'Again' },
    { id: 1, title: 'Hello' },
  ])
  const one = await ask('/posts/1')
  assert.equal(one.status, 200)
  assert.deepEqual(await one.json(), { id: 1, title: 'Hello' })
  for (const path of ['/posts/3', '/posts/what'])
    assert.equal((await ask(path)).status, 404, `${path} is not there`)
}

/** Does something while a request is under way, of which half of the body has arrived; gives its answer. */
async function duringRequest(url: string, act: () => void): Promise<[number | undefined, unknown]> {
  const body = JSON.stringify({ title: 'Late' })
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    expect: '100-continue',
  }
  const agent = new Agent({ keepAlive: true })
  const post = request(`${url}/posts`, { method: 'POST', headers, agent })
  const answered = once(post, 'response')
  await once(post, 'continue')
  post.write(body.slice(0, 5))
  act()
  await refusal(url)
  post.end(body.slice(5))
  const [response] = (await answered) as [IncomingMessage]
  const answer = await json(response)
  agent.destroy()
  return [response.statusCode, answer]
}

/** Waits until the server takes no connection any more. */
async function refusal(url: string): Promise<void> {
  for (;;) {
    const socket = connect(Number(new URL(url).port), new URL(url).hostname)
    try {
      await once(socket, 'connect')
    } catch {
      return
    } finally {
      socket.destroy()
    }
  }
}

describe('docs/quickstart.md', () => {
  it('has a program for each framework', () => {
    assert.deepEqual(programs.map(({ adapter }) => adapter).toSorted(), [
      'express',
      'fastify',
      'h3',
      'hono',
      'koa',
      'nestjs',
      'node',
    ])
  })

  for (const { adapter, code } of programs) {
    it(`answers real requests with the program for ${adapter}, which answers what is under way and ends by itself when it is told to`, async (t) => {
      const folder = programFolder()
      t.after(() => rmSync(folder, { recursive: true, force: true }))
      writeFileSync(join(folder, 'blog.js'), compiled(code))
      const { program, url } = await startProgram(
        ['--conditions=athanor-source', resolve(folder, 'blog.js')],
        { cwd: folder, port: await freePort() },
      )
      t.after(() => program.kill('SIGKILL'))
      const headers = { 'content-type': 'application/json', connection: 'close' }
      await converse((path, sent) =>
        sent === undefined
          ? fetch(url + path, { headers })
          : fetch(url + path, { method: 'POST', headers, body: JSON.stringify(sent) }),
      )
      const ended = once(program, 'exit')
      const answer = await duringRequest(url, () => program.kill('SIGTERM'))
      assert.deepEqual(answer, [201, { id: 3, title: 'Late' }])
      const [status, signal] = (await ended) as [number | null, string | null]
      // Nest raises the signal again when its hooks are done
      assert.ok(
        status === 0 || (adapter === 'nestjs' && signal === 'SIGTERM'),
        `${status} ${signal}`,
      )
    })
  }
})
