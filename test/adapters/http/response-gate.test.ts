import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { after, describe, it } from 'node:test'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { ResponseGate } from '../../../src/adapters/http/index.ts'

type Handler = (response: ServerResponse) => void
interface Setup {
  readonly settle: (streaming: boolean) => void | Promise<void>
  readonly handler: Handler
}

let current: Setup
let afterThePage: unknown[] = []
const server = createServer((_request, response) => {
  ResponseGate.install(response, {
    settle: (streaming) => current.settle(streaming),
    failed(error) {
      response.end(`failed: ${(error as Error).message}`)
      afterThePage = [response.write('by somebody who does not know')]
    },
  })
  current.handler(response)
})
const listening = new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
after(() => server.close())

async function answerOf(setup: Setup): Promise<Response> {
  await listening
  current = setup
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
    redirect: 'manual',
  })
}

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('ResponseGate', () => {
  it('sends nothing before the settlement is done', async () => {
    const order: string[] = []
    const response = await answerOf({
      settle: async () => {
        await later()
        order.push('settled')
      },
      handler: (res) => {
        res.writeHead(201, 'Made', { 'x-one': '1', 'set-cookie': ['a=1', 'b=2'] })
        res.end('body', () => order.push('sent'))
        assert.equal(res.headersSent, true)
      },
    })
    assert.equal(response.status, 201)
    assert.equal(response.statusText, 'Made')
    assert.equal(response.headers.get('x-one'), '1')
    assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2'])
    assert.equal(await response.text(), 'body')
    assert.deepEqual(order, ['settled', 'sent'])
  })

  it('drops the answer, its own headers and no others when the settlement fails', async () => {
    const response = await answerOf({
      settle: () => Promise.reject(new Error('commit refused')),
      handler: (res) => {
        res.setHeader('access-control-allow-origin', '*')
        res.setHeader('Content-Security-Policy', "default-src 'self'")
        res.setHeader('etag', 'x')
        res.writeHead(303, [
          ['location', '/made'],
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ])
        res.end('see /made')
      },
    })
    assert.equal(response.status, 500)
    assert.equal(response.headers.get('location'), null)
    assert.equal(response.headers.get('set-cookie'), null)
    assert.equal(response.headers.get('etag'), null)
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    assert.equal(response.headers.get('content-security-policy'), "default-src 'self'")
    assert.equal(await response.text(), 'failed: commit refused')
  })

  it('refuses a second reply while the first one waits, as Node does', async () => {
    const codes: unknown[] = []
    const ended: boolean[] = []
    const response = await answerOf({
      settle: later,
      handler: (res) => {
        res.end('first')
        ended.push(res.writableEnded, res.write('again'))
        res.end('and again')
        res.statusCode = 202
        for (const again of [() => res.setHeader('x', '1'), () => res.writeHead(500)]) {
          try {
            again()
          } catch (error) {
            codes.push((error as { code: unknown }).code)
          }
        }
      },
    })
    assert.deepEqual(codes, ['ERR_HTTP_HEADERS_SENT', 'ERR_HTTP_HEADERS_SENT'])
    assert.deepEqual(ended, [true, false])
    assert.equal(response.status, 200)
    assert.equal(await response.text(), 'first')
  })

  it('swallows what is written after the error page, and tells those who wait for their bytes', async () => {
    const outcomes: unknown[] = []
    const response = await answerOf({
      settle: () => Promise.reject(new Error('commit refused')),
      handler: (res) => {
        res.write('lost', (error) => outcomes.push(error?.message))
      },
    })
    assert.equal(await response.text(), 'failed: commit refused')
    assert.deepEqual(afterThePage, [false])
    assert.deepEqual(outcomes, ['commit refused'])
  })

  it('keeps the order and the back-pressure of a pipe of 4 MB', async () => {
    const chunks = Array.from({ length: 64 }, (_, i) => Buffer.alloc(65_536, i))
    const streamed: boolean[] = []
    const response = await answerOf({
      settle: (streaming) => {
        streamed.push(streaming)
        return later()
      },
      handler: (res) => Readable.from(chunks).pipe(res),
    })
    assert.ok(Buffer.concat(chunks).equals(Buffer.from(await response.arrayBuffer())))
    assert.deepEqual(streamed, [true])
  })

  it('lets a pipe go on that was held back at its first, small chunk', async () => {
    const response = await answerOf({
      settle: later,
      handler: (res) => Readable.from(['a', 'b', 'c']).pipe(res),
    })
    assert.equal(await response.text(), 'abc')
  })

  it('refuses at once what Node would refuse, and settles nothing for it', async () => {
    let settled = 0
    const refusals: unknown[] = []
    const attempt = (call: () => unknown): void => {
      try {
        call()
      } catch (error) {
        refusals.push((error as { code?: string }).code)
      }
    }
    const response = await answerOf({
      settle: async () => {
        settled += 1
        await later()
      },
      handler: (res) => {
        const send = (body: unknown): unknown => res.end(body as string)
        attempt(() => send({ json: 'forgotten' }))
        res.statusCode = 1_000
        attempt(() => send('body'))
        assert.deepEqual([settled, res.headersSent], [0, false])
        res.statusCode = 200
        res.write('b')
        attempt(() => send(5))
        send('ody')
      },
    })
    assert.equal(await response.text(), 'body')
    assert.deepEqual(refusals, [
      'ERR_INVALID_ARG_TYPE',
      'ERR_HTTP_INVALID_STATUS_CODE',
      'ERR_INVALID_ARG_TYPE',
    ])
    assert.equal(settled, 1)
  })

  it('answers by an error page where Node refuses what has waited', async () => {
    const response = await answerOf({
      settle: later,
      handler: (res) => {
        res.statusMessage = 'two\nlines'
        res.end('body')
      },
    })
    assert.equal(response.status, 500)
    assert.match(await response.text(), /^failed: Invalid character in statusMessage/)
  })

  it('passes straight through when the settlement is done at once', async () => {
    const sent: boolean[] = []
    const response = await answerOf({
      settle: (streaming) => void sent.push(streaming),
      handler: (res) => {
        res.writeHead(204)
        res.end()
        sent.push(res.writableEnded)
      },
    })
    assert.equal(response.status, 204)
    assert.deepEqual(sent, [false, true])
  })

  it('settles before flushed headers and once only', async () => {
    let settled = 0
    const response = await answerOf({
      settle: async () => {
        await later()
        settled += 1
      },
      handler: (res) => {
        res.writeHead(200, ['content-type', 'text/event-stream', 'x-two', '2'])
        res.flushHeaders()
        setImmediate(() => {
          res.write('data: 1\n\n')
          res.end()
        })
      },
    })
    assert.equal(response.headers.get('content-type'), 'text/event-stream')
    assert.equal(response.headers.get('x-two'), '2')
    assert.equal(await response.text(), 'data: 1\n\n')
    assert.equal(settled, 1)
  })
})
