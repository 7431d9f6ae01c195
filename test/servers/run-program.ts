import { execFile } from 'node:child_process'
import type { Account } from './account.ts'

/** Programs get nothing of the caller's surroundings that would change what they do. */
export const SURROUNDINGS: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: '/tmp',
  LC_ALL: 'C',
}

/** Runs a program to its end; gives what it printed. @throws {Error} with all that it said, when it fails. */
export function runProgram(
  program: string,
  args: readonly string[],
  account?: Account,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: '/', env: SURROUNDINGS, encoding: 'utf8', ...account } as const
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${program} failed: ${stderr}${stdout}`, { cause: error }))
    })
  })
}
