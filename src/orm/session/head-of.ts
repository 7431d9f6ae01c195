import type { RowQuery } from '../mapping/index.ts'

/** What every query of the library can do beside its public face. */
export interface HeadQuery<Row> {
  /** The first rows, in the order that makes "first" mean something. */
  head(count: number): Promise<readonly Row[]>
}

/** The first rows of a query, fewer where there are no more: unlike `first()` it tells a row whose value is NULL from none. One statement. */
export async function headOf<Row>(
  query: RowQuery<Row> & Partial<HeadQuery<Row>>,
  count: number,
): Promise<readonly Row[]> {
  return query.head?.(count) ?? (await query.all()).slice(0, count)
}
