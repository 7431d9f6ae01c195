import { Agent, request, type IncomingMessage } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

/** What the client is to do. */
export interface LoadTask {
  readonly address: string
  readonly requests: number
  readonly name: string
  readonly password: string
}

/** What came back. */
export interface LoadReport {
  readonly statuses: Readonly<Record<string, number>>
  readonly aborted: number
}

interface Answer {
  readonly status: number
  readonly body: string
}

const { address, requests, name, password } = workerData as LoadTask
const CLIENTS = 8
const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
const statuses: Record<string, number> = {}
const cookies = new Map<string, string>()
let aborted = 0
let sent = 0

async function client(): Promise<void> {
  while (sent < requests) {
    const number = sent++
    const answer = await one(number)
    if (answer === undefined) aborted++
    else statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
  }
}

/** The mixture: each twentieth request of a kind. Pages, tags and comments are few and come again, so that the wiki does not grow. */
const WRITES: readonly ((page: string, number: number) => Promise<Answer | undefined>)[] = [
  edit,
  edit,
  (location) => save({ location, title: 'Late', body: 'Too late', version: '999999' }),
  (location) => save({ location, title: '', body: 'No title', version: '0' }),
  (location) => save({ location, title: 'Preview', body: '*Only* looking', action: 'preview' }),
  (location) => save({ location, title: 'Forged', body: 'x', _csrf: 'forged' }),
  () => post('/comments', { page: '1', body: '' }),
  (page, number) => abort('GET', `/wiki/${page}`, number),
  (_page, number) => abort('POST', '/pages/save', number),
]
const READS = [
  '/',
  '/wiki/help/writing',
  '/wiki/load/0',
  '/history/load/1',
  '/pages/list/load',
  '/search?q=load+text',
  '/recent',
  '/tags',
  '/pages',
  '/nowhere',
  '/static/wiki.css',
]

function one(number: number): Promise<Answer | undefined> {
  const write = WRITES[number % 20]
  return write === undefined
    ? send('GET', READS[number % READS.length] ?? '/')
    : write(`load/${number % 40}`, number)
}

function save(form: Readonly<Record<string, string>>): Promise<Answer> {
  return post('/pages/save', { tags: 'load', summary: '', version: '0', ...form })
}

/** Opens the form of a page and saves it, as a browser would. */
async function edit(page: string, number: number): Promise<Answer> {
  const form = await send('GET', `/edit/${page}`)
  const version = /name="version" value="(\d+)"/.exec(form.body)?.[1] ?? '0'
  return save({
    location: page,
    title: `Load ${page}`,
    body: `Some text, number ${number}.`,
    tags: `load, load${number % 5}`,
    version,
  })
}

/** Sends a request and leaves: at once, or while the wiki works on it. */
function abort(method: 'GET' | 'POST', path: string, number: number): Promise<undefined> {
  const body =
    method === 'POST'
      ? new URLSearchParams({
          _csrf: token.value,
          location: `load/${number % 40}`,
          title: 'Gone',
          body: 'x'.repeat(500),
          version: '0',
        }).toString()
      : ''
  return new Promise((resolve) => {
    const outgoing = request(`${address}${path}`, {
      method,
      agent: false,
      headers: headersFor(body),
    })
    outgoing.on('error', () => {}) // leaving is the purpose
    outgoing.on('close', () => resolve(undefined))
    outgoing.end(number % 3 === 0 ? body.slice(0, 100) : body)
    setTimeout(() => outgoing.destroy(), number % 4)
  })
}

function post(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
  return send(
    'POST',
    path,
    new URLSearchParams({ _csrf: token.value, summary: '', ...form }).toString(),
  )
}

function send(method: 'GET' | 'POST', path: string, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${address}${path}`, { method, agent, headers: headersFor(body) })
    outgoing.on('response', (incoming) => void read(incoming).then(resolve, reject))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

async function read(incoming: IncomingMessage): Promise<Answer> {
  for (const cookie of incoming.headers['set-cookie'] ?? []) {
    const [pair = ''] = cookie.split(';')
    cookies.set(pair.slice(0, pair.indexOf('=')), pair)
  }
  let body = ''
  for await (const chunk of incoming.setEncoding('utf8')) body += String(chunk)
  return { status: incoming.statusCode ?? 0, body }
}

function headersFor(body: string): Record<string, string> {
  const form: Record<string, string> =
    body === ''
      ? {}
      : {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': String(Buffer.byteLength(body)),
        }
  return { cookie: [...cookies.values()].join('; '), ...form }
}

function tokenIn(page: string): string {
  return /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
}

await send('GET', '/login')
const token = { value: tokenIn((await send('GET', '/login')).body) }
await post('/login', { name, password, next: '/' })
token.value = tokenIn((await send('GET', '/new')).body)

await Promise.all(Array.from({ length: CLIENTS }, client))
agent.destroy()
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
parentPort?.postMessage({ statuses, aborted } satisfies LoadReport)
