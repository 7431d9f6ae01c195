/** Rows of one INSERT: fixed sizes, so that a table needs few prepared statements (spec/perf.md 2: 50 rows a statement cost 192 µs a hundred rows, one by one 265). */
const BATCH_SIZES: readonly number[] = [50, 10, 1]

/** The sizes whose values fit into one statement. */
export function fitting(columns: number, maxParameters: number): readonly number[] {
  return BATCH_SIZES.filter((size) => size === 1 || size * columns <= maxParameters)
}

/** Cuts a list into parts of the given sizes, the largest that fits first. */
export function* batches<T>(
  items: readonly T[],
  sizes: readonly number[],
): Generator<readonly T[]> {
  let start = 0
  while (start < items.length) {
    const left = items.length - start
    const size = sizes.find((candidate) => candidate <= left) ?? 1
    yield items.slice(start, start + size)
    start += size
  }
}
