import assert from 'node:assert/strict'
import { chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { ConfigurationError, Database, type ErrorCode } from 'athanor'
import { FaultProxy } from 'athanor/testing'
import { serverAccount } from '../servers/account.ts'
import { serverFolder } from '../servers/folders.ts'
import { MariaDb, needs, Postgres } from '../servers/index.ts'
import { codeOf, execute, failureOf, type Driver } from './errors.ts'

const PASSWORD = 'r1ght-Passw0rd'
const WRONG = 'wr0ng-Passw0rd'
/** Who may try: nobody else, and nobody into `private`. */
const HBA = `
host all postgres all trust
host shop app,late all scram-sha-256
host nowhere app all scram-sha-256
`

async function startPostgres(): Promise<Postgres> {
  const account = serverAccount('postgres')
  const hba = join(serverFolder(account), 'hba')
  writeFileSync(hba, HBA)
  if (account !== undefined) chownSync(hba, account.uid, account.gid)
  const server = await Postgres.start({ settings: { hba_file: hba } })
  await server.sql(`create role app login password '${PASSWORD}'`)
  await server.sql('create database shop')
  return server
}

async function startMariaDb(): Promise<MariaDb> {
  const server = await MariaDb.start()
  await server.sql(
    `create database shop; create user app identified by '${PASSWORD}'; grant all on shop.* to app; grant all on nowhere.* to app`,
  )
  return server
}

const SERVERS = {
  postgres: { Server: Postgres, start: startPostgres, scheme: 'postgres' },
  mariadb: { Server: MariaDb, start: startMariaDb, scheme: 'mariadb' },
  mysql2: { Server: MariaDb, start: startMariaDb, scheme: 'mysql' },
} as const

interface Refusal {
  readonly login: string
  readonly database: string
  readonly code: ErrorCode
  readonly causes: Readonly<Record<Driver, string>>
  readonly advice: RegExp
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  'a wrong password': {
    login: `app:${WRONG}`,
    database: 'shop',
    code: 'LOGIN_REFUSED',
    causes: { postgres: '28P01', mariadb: '1045', mysql2: '1045' },
    advice: /Correct user and password in the URL/,
  },
  'an unknown user': {
    login: `nobody:${WRONG}`,
    database: 'shop',
    code: 'LOGIN_REFUSED',
    causes: { postgres: '28000', mariadb: '1045', mysql2: '1045' },
    advice: /Correct user and password in the URL/,
  },
  'a database that is not the user’s': {
    login: `app:${PASSWORD}`,
    database: 'private',
    code: 'LOGIN_REFUSED',
    causes: { postgres: '28000', mariadb: '1044', mysql2: '1044' },
    advice: /what the server allows this user/,
  },
  'an unknown database': {
    login: `app:${PASSWORD}`,
    database: 'nowhere',
    code: 'DATABASE_NOT_FOUND',
    causes: { postgres: '3D000', mariadb: '1049', mysql2: '1049' },
    advice: /Correct the database in the URL of the engine, or create "nowhere"/,
  },
}

for (const [name, { Server, start, scheme }] of Object.entries(SERVERS)) {
  describe(`logging in through ${name}`, needs(Server), () => {
    let server: Postgres | MariaDb
    let proxy: FaultProxy

    before(async () => {
      server = await start()
      await server.sql('create database private')
      proxy = await FaultProxy.start({ port: server.port })
    })
    after(async () => {
      await proxy.close()
      await server.dispose()
    })

    const open = (login: string, database: string): Database<Record<string, never>> => {
      const url = `${scheme}://${login}@127.0.0.1:${proxy.port}/${database}`
      return new Database({ url, models: {}, engineOptions: { reconnectWindowMs: 60_000 } })
    }

    it('works with the password', async () => {
      await using db = open(`app:${PASSWORD}`, 'shop')
      assert.equal((await execute(db.engine, 'select 1'))[0]?.[0], 1)
    })

    for (const [what, { login, database, code, causes, advice }] of Object.entries(REFUSALS)) {
      // session 6.31
      it(`with ${what} is ${code}, by the driver's ${causes[name as Driver]}: told at the first attempt, without the password`, async () => {
        await using db = open(login, database)
        proxy.resetTraffic()
        const error = await failureOf(() => execute(db.engine, 'select 1'))
        assert.ok(error instanceof ConfigurationError, String(error))
        assert.deepEqual([error.code, codeOf(error.cause)], [code, causes[name as Driver]])
        const [user = ''] = login.split(':')
        const place = `to 127.0.0.1:${proxy.port}/${database} as "${user}": `
        assert.ok(error.message.includes(place), error.message)
        assert.match(error.message, advice)
        assert.equal(error.info['user'], user)
        assert.doesNotMatch(inspect(error, { depth: 9 }) + JSON.stringify(error), /Passw0rd/)
        assert.equal(proxy.traffic.connections, 1, 'it is not tried again')
      })
    }

    it('succeeds as soon as the server lets the user in', async () => {
      await using db = open(`late:${PASSWORD}`, 'shop')
      await failureOf(() => execute(db.engine, 'select 1'))
      await server.sql(
        server instanceof Postgres
          ? `create role late login password '${PASSWORD}'`
          : `create user late identified by '${PASSWORD}'; grant all on shop.* to late`,
      )
      assert.equal((await execute(db.engine, 'select 1'))[0]?.[0], 1)
    })
  })
}
