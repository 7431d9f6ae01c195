import type { Column } from '../schema/index.ts'
import { columnOf } from './column-lookup.ts'
import type { Expression } from './expression.ts'
import { escapeKey } from './shape-key.ts'
import type { Values } from './operand.ts'
import type { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'

/** All columns of a source, or some, for an object; or one value. */
export type SelectItem =
  | { readonly kind: 'entity'; readonly source: Source; readonly columns?: readonly string[] }
  | { readonly kind: 'value'; readonly expression: Expression }

/** Where an item stands in a row. `decode` gives the value of what the driver gave; null passes. */
export type LayoutItem =
  | {
      readonly kind: 'entity'
      readonly source: Source
      readonly offset: number
      readonly count: number
      readonly columns: readonly Column[]
    }
  | {
      readonly kind: 'value'
      readonly offset: number
      readonly decode: ((stored: unknown) => unknown) | undefined
    }

/** The shape of what is selected. */
export function itemsKey(items: readonly SelectItem[]): string {
  return items
    .map((item) => (item.kind === 'value' ? item.expression.key : entityKey(item)))
    .join(',')
}

function entityKey({ source, columns }: SelectItem & { readonly kind: 'entity' }): string {
  return columns === undefined
    ? `${source.key}*`
    : `${source.key}*(${columns.map(escapeKey).join(',')})`
}

/** The source of an item, as far as it tells. */
export function sourceOf(item: SelectItem): Source | undefined {
  return item.kind === 'entity' ? item.source : item.expression.source
}

/** Adds the values of what is selected. */
export function collectItems(items: readonly SelectItem[], into: Values): void {
  for (const item of items) if (item.kind === 'value') item.expression.collect(into)
}

/** Writes after the column at `place` of the row, from 1; for names in a derived table. */
export type ColumnSuffix = (place: number) => string

/** Writes what is selected; gives where each item stands in a row. */
export function renderItems(
  writer: SqlWriter,
  items: readonly SelectItem[],
  suffix: ColumnSuffix = () => '',
): LayoutItem[] {
  let offset = 0
  return items.map((item) => {
    if (offset > 0) writer.write(', ')
    const placed =
      item.kind === 'entity'
        ? placeEntity(writer, item, offset)
        : placeValue(writer, item.expression, offset)
    writer.write(placed.columns.map((column, n) => column + suffix(offset + n + 1)).join(', '))
    offset += placed.columns.length
    return placed.layout
  })
}

/** The texts of an item's columns. */
interface PlacedItem {
  readonly columns: readonly string[]
  readonly layout: LayoutItem
}

function placeEntity(
  writer: SqlWriter,
  item: SelectItem & { readonly kind: 'entity' },
  offset: number,
): PlacedItem {
  const { source } = item
  const model = writer.nameOf(source.model)
  const placed = writer.resolve(source, model)
  const chosen = item.columns?.map((property) =>
    columnOf(placed.rows, property, `${model}.${property}`),
  )
  const columns = chosen ?? placed.rows.rowColumns
  return {
    columns: chosen?.map((column) => placed.column(column)) ?? placed.wholeRow(),
    layout: { kind: 'entity', source, offset, count: columns.length, columns },
  }
}

function placeValue(writer: SqlWriter, expression: Expression, offset: number): PlacedItem {
  return {
    columns: [writer.capture(() => expression.render(writer))],
    layout: { kind: 'value', offset, decode: expression.decoder(writer.dialect) },
  }
}
