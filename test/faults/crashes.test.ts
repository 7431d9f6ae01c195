import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { text } from 'node:stream/consumers'
import { MariaDb, needs, PgBouncer, Postgres } from '../servers/index.ts'

const SERVERS = {
  postgres: { Server: Postgres, scheme: 'postgres:' },
  mariadb: { Server: MariaDb, scheme: 'mariadb:' },
  mysql2: { Server: MariaDb, scheme: 'mysql:' },
} as const

for (const [name, { Server, scheme }] of Object.entries(SERVERS)) {
  describe(`a process without listeners, through ${name}`, needs(Server), () => {
    for (const end of ['kill9', 'fast', 'immediate'] as const) {
      it(`survives its server's end (${end}) with connections that are idle, in a transaction and busy`, async () => {
        await using server = await Server.start()
        const url = server.url().replace(/^\w+:/, scheme)
        await survives(url, () => (end === 'kill9' ? server.kill9() : server.stop(end)))
      })
    }
  })
}

describe('a process without listeners, through pgbouncer', needs(PgBouncer), () => {
  for (const end of ['the pooler', 'the server behind it'] as const)
    it(`survives the end of ${end} with connections that are idle, in a transaction and busy`, async () => {
      await using server = await Postgres.start()
      await using pooler = await PgBouncer.start(server.port, { poolSize: 3 })
      await survives(pooler.url(), () => (end === 'the pooler' ? pooler : server).kill9())
    })
})

/** Runs the program, and ends what it is connected to as soon as it is ready. */
async function survives(url: string, end: () => Promise<void>): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--conditions=athanor-source', join(import.meta.dirname, 'survivor.ts'), url],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const said = text(child.stderr)
  const printed: string[] = []
  child.stdout.on('data', (chunk) => printed.push(String(chunk)))
  await once(child.stdout, 'data')
  await end()
  const [code] = (await once(child, 'close')) as [number | null]
  assert.equal(code, 0, await said)
  assert.match(printed.join(''), /^ready\nsurvived DISCONNECTED,DISCONNECTED\n$/)
}
