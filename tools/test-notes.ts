import type { TestEvent } from 'node:test/reporters'

/** One line of the file that a run of the tests leaves behind for the runner. */
export type TestNote =
  | { readonly kind: 'skipped'; readonly name: string; readonly reason: string }
  | {
      readonly kind: 'counts'
      readonly tests: number
      readonly passed: number
      readonly failed: number
      readonly skipped: number
      readonly todo: number
    }

/** A reporter for node --test: the skipped tests with their reasons and the totals, as lines of JSON. */
// oxlint-disable-next-line import/no-default-export -- node --test-reporter takes the default export
export default async function* notes(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const note = noteOf(event)
    if (note !== undefined) yield `${JSON.stringify(note)}\n`
  }
}

function noteOf(event: TestEvent): TestNote | undefined {
  if (event.type === 'test:pass' && event.data.skip !== undefined && event.data.skip !== false) {
    const { name, skip } = event.data
    return { kind: 'skipped', name, reason: typeof skip === 'string' ? skip : 'no reason given' }
  }
  if (event.type === 'test:summary' && event.data.file === undefined) {
    const { tests, passed, skipped, todo } = event.data.counts
    return { kind: 'counts', tests, passed, failed: tests - passed - skipped - todo, skipped, todo }
  }
  return undefined
}
