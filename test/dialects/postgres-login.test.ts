import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { EngineOptions } from '../../src/engine/index.ts'
import { serverAccount } from '../servers/account.ts'
import { missingBinaries } from '../servers/binaries.ts'
import { serverFolder } from '../servers/folders.ts'
import { needs, Postgres } from '../servers/index.ts'
import { command, fly, openDriver, openEngine, run, stateOf, take } from './postgres-support.ts'
import { eventually } from '../support/eventually.ts'

const HBA = `
host all postgres 127.0.0.1/32 trust
hostnossl all plain all trust
hostssl all secure all trust
host all scram all scram-sha-256
host all md5 all md5
`
const SUBJECT = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']

/** Whether somebody sleeps in a statement. */
const SLEEPING = "select 1 from pg_stat_activity where query = 'select pg_sleep(10)'"

/** A server with TLS, and logins that need different things; the certificate is its own authority. */
async function startServer(): Promise<{ server: Postgres; ca: string }> {
  const account = serverAccount('postgres')
  const folder = serverFolder(account)
  const [key, certificate, hba] = ['key', 'certificate', 'hba'].map((name) => join(folder, name))
  assert.ok(key !== undefined && certificate !== undefined && hba !== undefined)
  const options = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...SUBJECT]
  execFileSync('openssl', ['req', ...options, '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  })
  writeFileSync(hba, HBA)
  chmodSync(key, 0o600)
  if (account !== undefined)
    for (const file of [key, certificate, hba]) chownSync(file, account.uid, account.gid)
  const server = await Postgres.start({
    settings: { ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key, hba_file: hba },
  })
  const logins = [
    'create role plain login',
    'create role secure login',
    "create role scram login password 'p@ss:/wörd'",
    "set password_encryption = 'md5'",
    "create role md5 login password 'other'",
    'create table t (id int primary key, x int)',
    'grant all on t to public',
    'grant all on schema public to public',
  ]
  await server.sql(logins.join('; '))
  return { server, ca: readFileSync(certificate, 'utf8') }
}

describe(
  'Logging in to PostgreSQL',
  needs({ missing: Postgres.missing ?? missingBinaries(['openssl']) }),
  () => {
    let started: Awaited<ReturnType<typeof startServer>>
    before(async () => {
      started = await startServer()
    })
    after(() => started.server.dispose())

    const url = (login: string, host = 'localhost', parameters = ''): string =>
      `postgres://${login}@${host}:${started.server.port}/postgres${parameters}`

    /** Whether the connection is encrypted; rejects with what stands in the way. */
    async function isEncrypted(t: TestContext, options: EngineOptions): Promise<unknown> {
      const engine = await openEngine(t, { ...options, reconnectWindowMs: 0 })
      const connection = await take(t, engine)
      const sql = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'
      return (await connection.execute(command(sql))).rows[0]?.[0]
    }

    it('is encrypted where sslmode or ssl says so, and cancelling is too', async (t) => {
      const { ca } = started
      const wrong = { code: 'CANNOT_OPEN', retryable: false }
      assert.equal(await isEncrypted(t, { url: url('plain') }), false)
      assert.equal(
        await isEncrypted(t, { url: url('plain', 'localhost', '?sslmode=disable') }),
        false,
      )
      assert.equal(
        await isEncrypted(t, { url: url('secure', 'localhost', '?sslmode=require') }),
        true,
      )
      assert.equal(await isEncrypted(t, { url: url('secure'), ssl: { ca } }), true)
      await assert.rejects(isEncrypted(t, { url: url('secure', '127.0.0.1'), ssl: { ca } }), wrong)
      for (const mode of ['verify-ca', 'verify-full'])
        await assert.rejects(
          isEncrypted(t, { url: url('secure', 'localhost', `?sslmode=${mode}`) }),
          wrong,
        )
      await assert.rejects(isEncrypted(t, { url: url('secure'), ssl: true }), wrong)
      await assert.rejects(isEncrypted(t, { url: url('secure') }), { code: 'LOGIN_REFUSED' })
      const driver = await openDriver(t, { url: url('secure'), ssl: { ca } })
      const running = fly(driver, [command('select pg_sleep(10)')])
      await eventually(async () => (await started.server.sql(SLEEPING)).length > 0)
      await driver.cancel()
      assert.equal(stateOf(await running), '57014')
      assert.deepEqual((await run(driver, 'select 1')).rows, [[1]])
    })

    it('takes the password of the URL, and asks for one where it has none', async (t) => {
      const password = encodeURIComponent('p@ss:/wörd')
      assert.equal(await isEncrypted(t, { url: url(`scram:${password}`) }), false)
      assert.equal(await isEncrypted(t, { url: url('md5:other') }), false)
      for (const login of ['scram', 'md5'])
        await assert.rejects(isEncrypted(t, { url: url(login) }), {
          code: 'CONFIGURATION',
          message: /the server asks for a password, and the URL has none/,
        })
      await assert.rejects(isEncrypted(t, { url: url('scram:wrong') }), { code: 'LOGIN_REFUSED' })
    })
  },
)
