import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_EVERY_MS = 2
/** Long, because only a test that fails waits for its end. */
const DEADLINE_MS = 20_000

/** Waits until it is so. @throws {AssertionError} naming `what`, when it does not come to that. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, `in time: ${what}`)
    await sleep(LOOK_EVERY_MS)
  }
}
