import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A program that serves HTTP. */
export interface StartedProgram {
  readonly program: ChildProcess
  /** Where it listens, as its first line says. */
  readonly url: string
  /** What it has written to stderr. */
  complaints(): string
}

/** Runs a program with the arguments that Node gets, and waits for its first line, which says where it listens. */
export async function startProgram(
  args: readonly string[],
  { cwd, port }: { readonly cwd: string; readonly port: number },
): Promise<StartedProgram> {
  const program = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, PORT: String(port) },
  })
  let complaints = ''
  program.stderr.on('data', (chunk) => (complaints += String(chunk)))
  const [first] = await Promise.race([once(program.stdout, 'data'), once(program, 'exit')])
  const [url] = /http:\S+/.exec(String(first)) ?? []
  assert.ok(url, complaints)
  return { program, url, complaints: () => complaints }
}
