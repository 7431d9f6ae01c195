import { BindError } from '../../errors/index.ts'
import { unreadable } from './unreadable.ts'

/** The JSON text of a value. @throws {BindError} BIND for what JSON cannot say. */
export function encodeJson(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value) as string | undefined
  } catch (cause) {
    throw new BindError(
      'Cannot store a value in a json column: JSON cannot say it, because it holds a bigint or itself. Convert it first.',
      { cause },
    )
  }
  if (text === undefined)
    throw new BindError(
      'Cannot store a value in a json column: its toJSON gives nothing. Store null, or give it a JSON form.',
    )
  return text
}

/** The value of a JSON text. @throws {DataError} DATA. */
export function decodeJson(stored: unknown): unknown {
  try {
    if (typeof stored === 'string') return JSON.parse(stored)
  } catch (cause) {
    throw unreadable('json', stored, cause)
  }
  throw unreadable('json', stored)
}
