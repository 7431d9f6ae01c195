import { readFileSync } from 'node:fs'

/** Who a server runs as; undefined = whoever runs the tests. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Servers refuse to run as root: then they run as the account that their package made. Undefined when the tests run as somebody else. */
export function serverAccount(name: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const account = findAccount(name)
  if (account === undefined) throw new Error(`There is no account "${name}" to run its server as.`)
  return account
}

export function hasServerAccount(name: string): boolean {
  return process.getuid?.() !== 0 || findAccount(name) !== undefined
}

function findAccount(name: string): Account | undefined {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const line = lines.find((each) => each.startsWith(`${name}:`))
  if (line === undefined) return undefined
  const [, , uid, gid] = line.split(':')
  return { uid: Number(uid), gid: Number(gid) }
}
