import type { Column, ColumnType, ForeignKey, Table } from '../schema/index.ts'

/** The type that a column is stored as: its own, or, where it refers to another column, what that one is stored as, because databases refuse keys of different widths. */
export function storageType(column: Column): ColumnType {
  const visited = new Set<Column>()
  let current: Column | undefined = column
  let { type } = column
  while (current !== undefined && !visited.has(current)) {
    visited.add(current)
    ;({ type } = current)
    current = targetOf(current)
  }
  return type
}

function targetOf(column: Column): Column | undefined {
  for (const { columns, targetColumns } of column.table.foreignKeys) {
    const target = targetColumns[columns.indexOf(column)]
    if (target !== undefined) return target
  }
  return undefined
}

/** The table that has the foreign key. */
export function ownerOf(key: ForeignKey): Table {
  const [column] = key.columns
  if (column === undefined) throw new TypeError('a foreign key has at least one column')
  return column.table
}
