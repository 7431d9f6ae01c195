import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 30_000

/** Waits until a condition holds, however slow the machine; fails when it has not come to hold after half a minute. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  while (!(await holds())) {
    assert.ok(
      performance.now() < until,
      `Still not so after ${PATIENCE_MS / 1_000} s: ${String(holds)}`,
    )
    await sleep(2)
  }
}
