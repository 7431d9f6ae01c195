// Run by idle.test.ts while its own event loop stands still: ends all other connections to the database of the URL in the first argument.
import { createConnection } from 'mariadb'
import pg from 'pg'

const url = new URL(process.argv[2] ?? '')
const database = url.pathname.slice(1)
const [host, port] = [url.hostname, Number(url.port)]

if (url.protocol === 'postgres:') {
  const client = new pg.Client({ connectionString: url.toString() })
  await client.connect()
  await client.query(
    'select pg_terminate_backend(pid, 1000) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
    [database],
  )
  await client.end()
} else {
  const connection = await createConnection({ host, port, user: url.username })
  const others: { id: number | bigint }[] = await connection.query(
    'select id from information_schema.processlist where db = ?',
    [database],
  )
  for (const { id } of others) await connection.query(`kill ${id}`)
  await connection.end()
}
