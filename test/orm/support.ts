import assert from 'node:assert/strict'
import { AthanorError, type ErrorCode } from 'athanor'
import type { Sent } from '../support/sent.ts'

const TARGET = /^(?:insert into|update|delete from|select .*? from) "(?<table>[^"]+)"/

/** What was sent since the last question, with its table and without BEGIN and COMMIT: `['insert user', 'update post']`. */
export function targets(sent: Sent): string[] {
  return sent.events.splice(0).flatMap(({ kind, sql }) => {
    const table = TARGET.exec(sql)?.groups?.['table']
    return table === undefined ? [] : [`${kind} ${table}`]
  })
}

/** Runs `work`, which must fail with this code and say all of `parts`; gives the error. */
export async function failure(
  code: ErrorCode,
  parts: readonly string[],
  work: () => unknown,
): Promise<AthanorError> {
  try {
    await work()
  } catch (error) {
    assert.ok(error instanceof AthanorError, String(error))
    assert.equal(error.code, code, error.message)
    for (const part of parts)
      assert.ok(error.message.includes(part), `"${part}" in: ${error.message}`)
    return error
  }
  assert.fail(`nothing failed with ${code}`)
}

/** The members of a collection that is in memory; a new object's always are. */
export function members<T>(collection: { load(): PromiseLike<readonly T[]> }): T[] {
  assert.ok(Array.isArray(collection), 'the collection is not in memory')
  return [...(collection as readonly T[])]
}

/** The names of the classes of objects. */
export const classesOf = (objects: readonly object[]): string[] =>
  objects.map((object) => object.constructor.name)
