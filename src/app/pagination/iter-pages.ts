import type { IterPagesOptions } from '../../orm/index.ts'

const EDGES: Required<IterPagesOptions> = {
  leftEdge: 2,
  leftCurrent: 2,
  rightCurrent: 4,
  rightEdge: 2,
}

/**
 * Page numbers for links: both ends and the neighbourhood of the current page, null for what is left out between them.
 *
 * @remarks Semantics: Flask-SQLAlchemy 3.1 `Pagination.iter_pages()`; a gap of one page is a gap, and the right end is left out behind a current
 * page whose neighbourhood reaches past it.
 */
export function* iterPages(
  page: number,
  pages: number,
  options: IterPagesOptions = {},
): Generator<number | null> {
  const leftEdge = options.leftEdge ?? EDGES.leftEdge
  const first = page - (options.leftCurrent ?? EDGES.leftCurrent)
  const last = page + (options.rightCurrent ?? EDGES.rightCurrent)
  const rightEdge = last < pages ? (options.rightEdge ?? EDGES.rightEdge) : 0
  let next = 1
  for (const [from, to] of [
    [1, leftEdge],
    [first, last],
    [pages - rightEdge + 1, pages],
  ] as const) {
    const start = Math.max(from, next)
    const end = Math.min(to, pages)
    if (start > end) continue
    if (start > next) yield null
    for (let number = start; number <= end; number += 1) yield number
    next = end + 1
  }
  if (next <= pages) yield null
}
