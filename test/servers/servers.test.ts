import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import pg from 'pg'
import { eventually } from '../support/eventually.ts'
import { MariaDb, needs, PgBouncer, Postgres, PostgresStandby, REPLICATION } from './index.ts'
import type { ServerProcess, StopMode } from './index.ts'
import { childrenOf, isRunning } from './processes.ts'

/** A server of the test's own. */
async function disposed<S extends ServerProcess>(t: TestContext, starting: Promise<S>): Promise<S> {
  const server = await starting
  t.after(() => server.dispose())
  return server
}

const ENDINGS: readonly (StopMode | 'kill9')[] = ['fast', 'immediate', 'term', 'kill9']

/** What the two kinds have in common. */
interface Kind {
  readonly name: string
  readonly missing: string | undefined
  start(options?: { readonly settings?: Record<string, string> }): Promise<Server>
}
type Server = ServerProcess & Pick<Postgres, 'sql'>

for (const Kind of [Postgres, MariaDb] as readonly Kind[]) {
  describe(`a private ${Kind.name}`, needs(Kind), () => {
    for (const ending of ENDINGS) {
      it(`keeps what was committed over a restart after ${ending}`, async (t) => {
        const server = await disposed(t, Kind.start())
        await server.sql('create database lasting')
        await server.sql('create table t (id int primary key); insert into t values (7)', 'lasting')
        const { pid } = server
        await server.restart(ending)
        assert.notEqual(server.pid, pid)
        assert.deepEqual(await server.sql('select id from t', 'lasting'), [{ id: 7 }])
      })
    }

    it('leaves no process and no file when it is disposed of', async () => {
      const server = await Kind.start()
      const { pid, folder } = server
      const processes = [pid, ...childrenOf(pid)]
      await server.dispose()
      assert.deepEqual(processes.filter(isRunning), [])
      assert.equal(existsSync(folder), false)
    })

    it('says what is wrong when it does not start', async () => {
      await assert.rejects(
        Kind.start({ settings: { no_such_setting: '1' } }),
        /The server does not start: .*no_such_setting/s,
      )
    })
  })
}

describe('private servers', { ...needs(Postgres), ...needs(MariaDb) }, () => {
  it('end with a process that is killed, and the next one that starts a server removes what they wrote', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'abandoned.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const told = JSON.parse(String(line)) as { folder: string; pids: number[] }[]
    child.kill('SIGKILL')
    await once(child, 'close')
    await eventually(() => !told.some(({ pids }) => pids.some(isRunning)))
    const next = spawnSync(process.execPath, ['--input-type=module', '--eval', STARTS_ONE])
    assert.equal(next.status, 0, String(next.stderr))
    assert.deepEqual(
      told.map(({ folder }) => existsSync(folder)),
      [false, false],
    )
  })
})

/** A program that ends with its server running. */
const STARTS_ONE = `
import { MariaDb } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
const server = await MariaDb.start()
`

describe('a private PgBouncer', needs(PgBouncer), () => {
  it('passes queries on to its server', async (t) => {
    const server = await disposed(t, Postgres.start())
    const pooler = await disposed(t, PgBouncer.start(server.port))
    assert.equal(await oneThrough(pooler.url()), 1)
  })
})

describe('a private PostgresStandby', needs(PostgresStandby), () => {
  it('shows what its primary has, refuses writes, and takes them once it is promoted', async (t) => {
    const primary = await disposed(t, Postgres.start({ settings: REPLICATION }))
    const standby = await disposed(t, PostgresStandby.follow(primary))
    await primary.sql('create table t as select 7 as id')
    await standby.catchUp()
    assert.deepEqual(await standby.sql('select id from t'), [{ id: 7 }])
    await assert.rejects(standby.sql('insert into t values (8)'), { code: '25006' })
    await primary.kill9()
    await standby.promote()
    await standby.sql('insert into t values (8)')
  })
})

async function oneThrough(connectionString: string): Promise<unknown> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query<{ one: number }>('select 1 as one')
  await client.end()
  return rows[0]?.one
}
