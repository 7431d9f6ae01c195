import { DataError } from '../../errors/index.ts'
import type { StorageKind } from '../../schema/index.ts'

/** The error of a stored form that a column's type cannot be read from: somebody else has written it. The form itself is not shown, only what it is. */
export function unreadable(kind: StorageKind, stored: unknown, cause?: unknown): DataError {
  const form =
    stored instanceof Uint8Array
      ? 'bytes'
      : typeof stored === 'string'
        ? 'text'
        : typeof stored === 'number'
          ? 'a number'
          : typeof stored
  return new DataError(
    `Cannot read a column of type ${kind}: the database has ${form} there that is none. Correct the row, or declare the column as what it holds.`,
    {
      info: { kind, form },
      ...(cause === undefined ? {} : { cause }),
    },
  )
}
