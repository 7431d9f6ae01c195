import { once } from 'node:events'
import type { Readable } from 'node:stream'
import type { Command } from '../../engine/index.ts'
import { describeColumns, settleRows, type ResultColumn } from './result-columns.ts'

/** How rows that come one by one become chunks. */
export interface DrainOptions {
  readonly chunkSize: number
  /** Known when the first row has come. */
  readonly columns: () => readonly ResultColumn[] | undefined
  /** Told them before the first rows. */
  readonly onColumns: Command['onColumns']
  /** Makes the driver forget rows that are still to come. */
  readonly drop: () => void
}

/** Rows in chunks, no faster than they are taken. When the loop is left early, what is still coming is read and dropped: the next answer on the connection stands behind it. */
export async function* drain(
  rows: Readable,
  { chunkSize, columns, onColumns, drop }: DrainOptions,
): AsyncGenerator<unknown[][]> {
  let hasEnded = false
  rows.once('end', () => (hasEnded = true))
  rows.on('error', () => (hasEnded = true))
  try {
    let chunk: unknown[][] = []
    let isFirst = true
    for await (const row of rows.iterator({ destroyOnReturn: false })) {
      if (isFirst) onColumns?.(describeColumns(columns() ?? []))
      isFirst = false
      if (chunk.push(row as unknown[]) < chunkSize) continue
      settleRows(chunk, columns())
      yield chunk
      chunk = []
    }
    settleRows(chunk, columns())
    if (chunk.length > 0) yield chunk
  } finally {
    if (!hasEnded) await dropRest(rows, drop)
  }
}

async function dropRest(rows: Readable, drop: () => void): Promise<void> {
  drop()
  const ended = once(rows, 'end').catch(() => {}) // an error ends them too
  rows.resume()
  await ended
}
