import type { Column } from '../schema/index.ts'
import type { ModelRows } from './catalog.ts'
import { columnOf } from './column-lookup.ts'
import type { Expression } from './expression.ts'
import { escapeKey } from './shape-key.ts'
import type { Values } from './operand.ts'
import type { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'

/** Columns of a source for an object, or one value. */
export type SelectItem =
  | {
      readonly kind: 'entity'
      readonly source: Source
      /** These, and no others; default: all that are not deferred. */
      readonly columns?: readonly string[]
      /** Deferred ones beside the others. */
      readonly more?: readonly string[]
    }
  | { readonly kind: 'value'; readonly expression: Expression }

type EntityItem = SelectItem & { readonly kind: 'entity' }

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

function entityKey({ source, columns, more }: EntityItem): string {
  const all = `${source.key}*${more === undefined ? '' : `+${more.map(escapeKey).join('+')}`}`
  return columns === undefined ? all : `${all}(${columns.map(escapeKey).join(',')})`
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

function placeEntity(writer: SqlWriter, item: EntityItem, offset: number): PlacedItem {
  const { source } = item
  const model = writer.nameOf(source.model)
  const placed = writer.resolve(source, model)
  const columnAt = (property: string): Column =>
    columnOf(placed.rows, property, `${model}.${property}`)
  const columns = item.columns?.map(columnAt) ?? usualColumns(placed.rows, item.more?.map(columnAt))
  return {
    columns: placed.row(columns),
    layout: { kind: 'entity', source, offset, count: columns.length, columns },
  }
}

function usualColumns(
  { rowColumns, usualColumns: usual }: ModelRows,
  more: readonly Column[] = [],
): readonly Column[] {
  if (more.length === 0) return usual
  return rowColumns.filter((column) => usual.includes(column) || more.includes(column))
}

function placeValue(writer: SqlWriter, expression: Expression, offset: number): PlacedItem {
  return {
    columns: [writer.capture(() => expression.render(writer))],
    layout: { kind: 'value', offset, decode: expression.decoder(writer.dialect) },
  }
}
