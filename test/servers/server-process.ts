import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from './account.ts'
import { findBinary } from './binaries.ts'
import { removeServerFolder } from './folders.ts'
import { childrenOf, isRunning, killAll } from './processes.ts'
import { SURROUNDINGS } from './run-program.ts'

/** How a server is asked to end. `fast` ends its clients, `immediate` does not even tell them, `term` is what an operating system sends. */
export type StopMode = 'fast' | 'immediate' | 'term'

const READY_TIMEOUT_MS = 30_000
const PROBE_EVERY_MS = 10
const LOG_END = 2_000
const LAST_WORDS_MS = 500

/** Servers that nobody disposed of: ended with this process at the latest. */
const servers = new Set<ServerProcess>()
process.once('exit', () => {
  for (const server of servers) server.discard()
})

/** One server of a test: started, stopped, killed and started again at the same address. */
export abstract class ServerProcess {
  /** On 127.0.0.1. */
  readonly port: number
  /** What it writes is here; removed with it. */
  readonly folder: string
  readonly #account: Account | undefined
  #child: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()

  protected constructor(port: number, folder: string, account: Account | undefined) {
    this.port = port
    this.folder = folder
    this.#account = account
    servers.add(this)
  }

  /** The program and its arguments. */
  protected abstract get command(): readonly [string, ...string[]]
  /** The signal of each way to stop. */
  protected abstract readonly signals: Readonly<Record<StopMode, NodeJS.Signals>>
  /** Rejects until the server takes clients. */
  protected abstract probe(): Promise<void>

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  /** Of the running server. */
  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('The server does not run.')
    return this.#child.pid
  }

  /** What it wrote to its log. */
  get log(): string {
    return readFileSync(this.#logFile, 'utf8')
  }

  /** Starts it and waits until it takes clients. */
  async start(): Promise<void> {
    this.spawn()
    await this.ready()
  }

  /** Waits until it is gone. */
  async stop(how: StopMode = 'fast'): Promise<void> {
    this.#child?.kill(this.signals[how])
    await this.#hasEnded()
  }

  /** Ends it and all its children, as a crash would. */
  async kill9(): Promise<void> {
    const processes = this.#kill()
    await this.#hasEnded()
    while (processes.some(isRunning)) await sleep(PROBE_EVERY_MS)
  }

  async restart(how: StopMode | 'kill9' = 'fast'): Promise<void> {
    await (how === 'kill9' ? this.kill9() : this.stop(how))
    await this.start()
  }

  /** Ends it and removes what it wrote. */
  async dispose(): Promise<void> {
    await this.stop('immediate')
    this.discard()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  /** As `dispose`, at once. The server may still give back what the system would keep for it: shared memory. */
  discard(): void {
    const child = this.#child
    child?.kill(this.signals.immediate)
    const deadline = performance.now() + LAST_WORDS_MS
    while (isRunning(child?.pid) && performance.now() < deadline) sleepNow()
    this.#kill()
    servers.delete(this)
    removeServerFolder(this.folder)
  }

  /** Starts it without waiting for anything. */
  protected spawn(): void {
    if (this.#child !== undefined) throw new Error('The server runs already.')
    const [program, ...args] = diesWithUs(this.command, this.#account)
    const log = openSync(this.#logFile, 'a')
    const child = spawn(program, args, { cwd: '/', stdio: ['ignore', log, log], env: SURROUNDINGS })
    closeSync(log)
    child.unref()
    this.#child = child
    this.#ended = new Promise((resolve) => {
      child.once('error', resolve)
      child.once('exit', resolve)
    }).then(() => {
      this.#child = undefined
    })
  }

  /** Waits until it takes clients. */
  protected async ready(timeoutMs: number = READY_TIMEOUT_MS): Promise<void> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      try {
        await this.probe()
        return
      } catch (cause) {
        if (this.#child === undefined || performance.now() > deadline)
          throw new Error(`The server does not start: ${this.log.slice(-LOG_END)}`, { cause })
      }
      await sleep(PROBE_EVERY_MS)
    }
  }

  /** The processes that it ended. */
  #kill(): readonly number[] {
    const pid = this.#child?.pid
    const processes = pid === undefined ? [] : [...childrenOf(pid), pid]
    killAll(processes)
    return processes
  }

  /** Only now may the process not end before the server. */
  async #hasEnded(): Promise<void> {
    this.#child?.ref()
    await this.#ended
  }

  get #logFile(): string {
    return join(this.folder, 'log')
  }
}

/** For where nothing can be awaited any more. */
function sleepNow(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
}

/** The command as somebody else, and so that the system kills the server when this process ends, even by SIGKILL. */
function diesWithUs(
  command: readonly [string, ...string[]],
  account: Account | undefined,
): readonly [string, ...string[]] {
  const setpriv = findBinary('setpriv')
  if (setpriv === undefined) return command // not Linux: the exit handler above must do
  const who =
    account === undefined
      ? []
      : ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups']
  return [setpriv, ...who, '--pdeathsig', 'KILL', '--', ...command]
}
