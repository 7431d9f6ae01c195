import { readFileSync, readdirSync } from 'node:fs'

/** Processes started by `pid`. A process group would not do: servers' children leave it. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => parentOf(each) === pid)
}

/** Ends processes at once; those that are gone already are fine. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // it ended by itself
    }
  }
}

/** Whether a process is there, and more than the entry of one that has ended. */
export function isRunning(pid: number | undefined): boolean {
  const state = pid === undefined ? undefined : statusOf(pid)?.[0]
  return state !== undefined && state !== 'Z'
}

const parentOf = (pid: number): number => Number(statusOf(pid)?.[1])

/** State, parent and the rest of what the system knows; undefined when there is no such process. */
function statusOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined // it ended meanwhile
  }
}
