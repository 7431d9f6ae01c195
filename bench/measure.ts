import type { Peer } from './peers/peer.ts'
import type { Workload } from './workloads.ts'

/** Microseconds for one operation. */
export interface Timing {
  readonly bestUs: number
  readonly medianUs: number
}
export interface MeasureOptions {
  readonly rounds: number
  /** How long one peer runs in one round. */
  readonly roundMs: number
}

/** Every peer's timing for one workload; the rounds are interleaved (A B C A B C), so that a busy moment of the machine hits all of them. */
export async function measure(
  workload: Workload,
  peers: readonly Peer[],
  options: MeasureOptions,
): Promise<Map<string, Timing>> {
  const samples = new Map<string, number[]>(peers.map((peer) => [peer.name, []]))
  const calls = new Map<string, number>()
  const WARM_UP = -1
  for (let round = WARM_UP; round < options.rounds; round += 1) {
    for (const peer of peers) {
      globalThis.gc?.()
      const ms = round === WARM_UP ? options.roundMs * 10 : options.roundMs
      const first = calls.get(peer.name) ?? 0
      const { count, elapsedMs } = await runFor(ms, (n) => workload.run(peer, first + n))
      calls.set(peer.name, first + count)
      if (round !== WARM_UP)
        samples.get(peer.name)?.push((elapsedMs * 1000) / (count * workload.operations))
      await peer.reset()
    }
  }
  return new Map([...samples].map(([name, values]) => [name, timingOf(values)]))
}

/** Calls as often as fits into `ms`; a synchronous peer pays for no promise. */
async function runFor(
  ms: number,
  call: (n: number) => unknown,
): Promise<{ count: number; elapsedMs: number }> {
  const start = performance.now()
  let count = 0
  let elapsedMs = 0
  do {
    const answer = call(count)
    if (answer instanceof Promise) await answer
    count += 1
    elapsedMs = performance.now() - start
  } while (elapsedMs < ms)
  return { count, elapsedMs }
}

function timingOf(values: readonly number[]): Timing {
  const sorted = values.toSorted((a, b) => a - b)
  return { bestUs: sorted[0] ?? NaN, medianUs: sorted[Math.floor(sorted.length / 2)] ?? NaN }
}
