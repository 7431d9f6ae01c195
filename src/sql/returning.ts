import { ArgumentError } from '../errors/index.ts'
import { renderItems, type SelectItem } from './selection.ts'
import type { SqlWriter } from './sql-writer.ts'

/** Writes RETURNING and notes what its rows hold. @throws {ArgumentError} ARGUMENT where the database has no such clause. */
export function renderReturning(
  writer: SqlWriter,
  items: readonly SelectItem[],
  supported: boolean,
): void {
  if (!supported)
    throw new ArgumentError(
      'Cannot return rows: this database has no RETURNING for such a statement. Leave .returning() out and select the rows.',
    )
  writer.write(' returning ')
  writer.layout.push(...renderItems(writer, items))
}
