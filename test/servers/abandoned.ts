// Started by servers.test.ts: starts a server of each kind, tells their processes and folders, and waits to be killed.
import { MariaDb, Postgres } from './index.ts'
import { childrenOf } from './processes.ts'

const servers = [await Postgres.start(), await MariaDb.start()]
const told = servers.map(({ pid, folder }) => ({ folder, pids: [pid, ...childrenOf(pid)] }))
process.stdout.write(`${JSON.stringify(told)}\n`)
setInterval(() => {}, 1_000)
