import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { FaultProxy, seededRandom, type FaultProxyOptions } from 'athanor/testing'
import { freePort } from '../servers/index.ts'
import { eventually } from '../support/eventually.ts'

/** A server that answers each chunk with `name:chunk`; chunks may arrive as one. What it got is in `seen`. */
async function echo(t: TestContext, name = 'echo'): Promise<{ port: number; seen: string[] }> {
  const seen: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}) // cut by the proxy
    socket.on('data', (chunk) => {
      seen.push(String(chunk))
      socket.write(`${name}:${String(chunk)}`)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { port: (server.address() as AddressInfo).port, seen }
}

async function proxied(
  t: TestContext,
  options: FaultProxyOptions = {},
): Promise<{ proxy: FaultProxy; seen: string[] }> {
  const { port, seen } = await echo(t)
  const proxy = await FaultProxy.start({ port }, options)
  t.after(() => proxy.close())
  return { proxy, seen }
}

/** A client of the proxy; its ends are recorded. */
async function client(t: TestContext, proxy: FaultProxy): Promise<Client> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.setNoDelay(true)
  const made = new Client(socket)
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  return made
}

class Client {
  readonly socket: Socket
  readonly got: string[] = []
  readonly ends: string[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => this.got.push(String(chunk)))
    socket.on('end', () => this.ends.push('end'))
    socket.on('error', (error: NodeJS.ErrnoException) => this.ends.push(error.code ?? ''))
    socket.on('close', () => this.ends.push('close'))
  }

  async ask(text: string): Promise<string> {
    this.socket.write(text)
    await once(this.socket, 'data')
    return this.got.at(-1) ?? ''
  }
}

describe('FaultProxy', () => {
  it('passes on what both sides say, and ends when one does', async (t) => {
    const { proxy } = await proxied(t)
    const c = await client(t, proxy)
    assert.equal(await c.ask('a'), 'echo:a')
    c.socket.end()
    await eventually(() => c.ends.includes('close'))
    assert.deepEqual(c.ends, ['end', 'close'])
    await eventually(() => proxy.openConnections === 0)
  })

  it('counts a flight for each time that the client sends after it heard something', async (t) => {
    const { proxy } = await proxied(t, { latencyMs: 5 })
    const c = await client(t, proxy)
    await c.ask('a')
    await c.ask('b')
    proxy.latencyMs = 300 // 'd' is on its way before the answer to 'c'
    c.socket.write('c')
    await eventually(() => proxy.traffic.clientChunks === 3)
    await c.ask('d')
    assert.equal(proxy.traffic.flights, 3)
    assert.equal(proxy.traffic.clientChunks, 4)
    assert.equal(proxy.traffic.clientBytes, 4)
    assert.equal(proxy.traffic.connections, 1)
    proxy.resetTraffic()
    assert.equal(proxy.traffic.flights, 0)
  })

  it('delays each direction by the latency and keeps the order', async (t) => {
    const { proxy } = await proxied(t, { latencyMs: 20 })
    const c = await client(t, proxy)
    const since = performance.now()
    for (const part of ['a', 'b', 'c']) {
      c.socket.write(part)
      await sleep(1)
    }
    const said = (): string => c.got.join('').replaceAll('echo:', '')
    await eventually(() => said().length === 3)
    assert.equal(said(), 'abc')
    assert.ok(performance.now() - since >= 40, 'there and back')
  })

  it('cuts with a reset, or with an end', async (t) => {
    const { proxy } = await proxied(t)
    const [reset, ended] = [await client(t, proxy), await client(t, proxy)]
    await reset.ask('a')
    await ended.ask('a')
    proxy.cut('end')
    await eventually(() => ended.ends.includes('end') && reset.ends.includes('end'))
    const third = await client(t, proxy)
    await third.ask('a')
    proxy.cut()
    await eventually(() => third.ends.includes('close'))
    assert.deepEqual(third.ends, ['ECONNRESET', 'close'])
  })

  it('closes half: the client hears the end, and what it says still arrives', async (t) => {
    const { proxy, seen } = await proxied(t)
    const c = await client(t, proxy)
    await c.ask('a')
    proxy.halfClose()
    await eventually(() => c.ends.includes('end'))
    c.socket.write('b')
    await eventually(() => seen.includes('b'))
    assert.deepEqual(c.got, ['echo:a'])
  })

  it('is a black hole until it heals', async (t) => {
    const { proxy, seen } = await proxied(t)
    const c = await client(t, proxy)
    await c.ask('a')
    proxy.blackHole()
    const late = await client(t, proxy)
    c.socket.write('b')
    late.socket.write('c')
    await sleep(30)
    assert.deepEqual([seen, c.ends, late.ends], [['a'], [], []])
    proxy.heal()
    await eventually(() => c.got.length === 2 && late.got.length === 1)
    assert.deepEqual([c.got[1], late.got[0]], ['echo:b', 'echo:c'])
  })

  it('swallows what a rule matches', async (t) => {
    const { proxy, seen } = await proxied(t)
    const c = await client(t, proxy)
    const fault = proxy.add({ match: 'commit', action: 'swallow', times: 1 })
    c.socket.write('commit 1')
    await eventually(() => fault.hits === 1)
    assert.equal(await c.ask('commit 2'), 'echo:commit 2')
    assert.deepEqual(seen, ['commit 2'])
  })

  it('drops the connection before a chunk arrives, or after it took effect', async (t) => {
    const { proxy, seen } = await proxied(t)
    const before = await client(t, proxy)
    proxy.add({ match: /^before/, action: 'dropBefore' })
    proxy.add({ match: /^after/, action: 'dropAfter' })
    before.socket.write('before')
    await eventually(() => before.ends.includes('close'))
    assert.deepEqual([seen, before.ends], [[], ['ECONNRESET', 'close']])
    const after = await client(t, proxy)
    after.socket.write('after')
    await eventually(() => after.ends.includes('close'))
    assert.deepEqual([seen, after.got, after.ends], [['after'], [], ['ECONNRESET', 'close']])
  })

  it('chooses by probability, the same way for the same seed', async (t) => {
    const chosen = async (seed: number): Promise<number[]> => {
      const { proxy } = await proxied(t, { seed })
      const c = await client(t, proxy)
      const fault = proxy.add({ match: 'x', action: 'swallow', probability: 0.5 })
      const hits: number[] = []
      for (let sent = 1; sent <= 20; sent += 1) {
        c.socket.write('x')
        await eventually(() => proxy.traffic.clientChunks === sent)
        hits.push(fault.hits)
      }
      fault.remove()
      return hits
    }
    const first = await chosen(7)
    assert.deepEqual(await chosen(7), first)
    assert.notDeepEqual(await chosen(8), first)
    assert.ok((first.at(-1) ?? 0) > 0 && (first.at(-1) ?? 0) < 20)
  })

  it('refuses, ignores or closes new connections, and forwards again', async (t) => {
    const { proxy } = await proxied(t, { port: await freePort() })
    await proxy.admit('refuse')
    await assert.rejects(client(t, proxy), { code: 'ECONNREFUSED' })
    await proxy.admit('silent')
    const ignored = await client(t, proxy)
    ignored.socket.write('a')
    await proxy.admit('close')
    const closed = await client(t, proxy)
    await eventually(() => closed.ends.includes('end'))
    assert.deepEqual([ignored.got, ignored.ends, closed.ends], [[], [], ['end']])
    await proxy.admit('forward')
    assert.equal(await (await client(t, proxy)).ask('b'), 'echo:b')
  })

  it('sends new connections to another server', async (t) => {
    const { proxy } = await proxied(t)
    const old = await client(t, proxy)
    assert.equal(await old.ask('a'), 'echo:a')
    proxy.retarget(await echo(t, 'other'))
    assert.equal(await (await client(t, proxy)).ask('a'), 'other:a')
    assert.equal(await old.ask('b'), 'echo:b')
  })

  it('resets clients whose server cannot be reached', async (t) => {
    const proxy = await FaultProxy.start({ port: await freePort() })
    t.after(() => proxy.close())
    const c = await client(t, proxy)
    await eventually(() => c.ends.includes('close'))
    assert.deepEqual(c.ends, ['ECONNRESET', 'close'])
  })

  it('gives the URL of a database by way of itself', async (t) => {
    const { proxy } = await proxied(t)
    assert.equal(
      proxy.url('postgres://me:secret@db.example:5432/blog?x=1'),
      `postgres://me:secret@127.0.0.1:${proxy.port}/blog?x=1`,
    )
  })
})

describe('seededRandom', () => {
  it('gives numbers from 0 to 1 that spread, the same for the same seed', () => {
    const numbers = (seed: number): number[] => {
      const random = seededRandom(seed)
      return Array.from({ length: 1_000 }, () => random())
    }
    const some = numbers(3)
    assert.deepEqual(numbers(3), some)
    assert.ok(some.every((number) => number >= 0 && number < 1))
    const mean = some.reduce((sum, number) => sum + number, 0) / some.length
    assert.ok(mean > 0.45 && mean < 0.55, String(mean))
  })
})
