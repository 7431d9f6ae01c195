/** Cuts a list into runs of neighbours that belong together. */
export function groupRuns<T>(
  items: readonly T[],
  belongTogether: (previous: T, next: T) => boolean,
): T[][] {
  const runs: T[][] = []
  let previous: T | undefined
  for (const item of items) {
    const run = runs.at(-1)
    if (run !== undefined && previous !== undefined && belongTogether(previous, item))
      run.push(item)
    else runs.push([item])
    previous = item
  }
  return runs
}
