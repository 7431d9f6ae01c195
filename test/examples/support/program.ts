import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const EXAMPLES = join(import.meta.dirname, '../../../examples')

/** A program of an example that runs in a process of its own, killed when the test ends. */
export interface Program {
  readonly child: ChildProcess
  /** What it has printed so far. */
  output(): string
  /** Its exit code. */
  readonly ended: Promise<number | null>
}

/** Starts a program: `script` is a path in the folder of examples. */
export function start(
  t: { after(fn: () => Promise<void>): void },
  script: string,
  { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string> } = {},
): Program {
  const child = spawn(
    process.execPath,
    ['--conditions=athanor-source', join(EXAMPLES, script), ...args],
    { env: { ...process.env, ...env } },
  )
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  t.after(async () => {
    if (child.exitCode === null) child.kill('SIGKILL')
    await ended
  })
  return { child, output: () => printed, ended }
}

/** The address that a program says it listens at. */
export async function addressOf(program: Program): Promise<string> {
  for (;;) {
    const address = / is at (http\S+)/.exec(program.output())?.[1]
    if (address !== undefined) return address
    await Promise.race([
      once(program.child.stdout ?? program.child, 'data'),
      program.ended.then((code) => assert.fail(`it ended with ${code}: ${program.output()}`)),
    ])
  }
}

/** Ends a program as a supervisor does, and sees that it ends in order. */
export async function endsCleanly(
  program: Program,
  signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM',
): Promise<void> {
  program.child.kill(signal)
  assert.equal(await program.ended, 0)
  assert.doesNotMatch(program.output(), /error|warning/i)
}
