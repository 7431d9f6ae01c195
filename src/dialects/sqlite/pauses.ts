import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_MS = 1
const LONGEST_MS = 50

/** Pauses that grow from 1 to 50 ms, until `totalMs` are over: an attempt belongs after each. */
export async function* pauses(totalMs: number): AsyncGenerator<void> {
  const deadline = performance.now() + totalMs
  let pause = FIRST_MS
  for (let left = totalMs; left > 0; left = deadline - performance.now()) {
    // oxlint-disable-next-line no-await-in-loop -- that is what a pause is
    await sleep(Math.min(pause, left))
    yield
    pause = Math.min(2 * pause, LONGEST_MS)
  }
}
