import { ArgumentError } from '../errors/index.ts'
import type { Column, Table } from '../schema/index.ts'
import { nearest } from '../util/index.ts'

/** The column that the program calls `property`. @throws {ArgumentError} ARGUMENT that names the nearest one when there is none. */
export function columnOf(table: Table, property: string, mention: string): Column {
  const column = table.column(property)
  if (column !== undefined) return column
  const properties = table.columns.map((each) => each.property)
  throw new ArgumentError(
    `Cannot find ${mention}: the table "${table.name}" has no such column. ${suggestion(property, properties)}`,
  )
}

/** `Did you mean "title"?`, or all names when none is near. */
export function suggestion(word: string, names: readonly string[]): string {
  const near = nearest(word, names)
  return near === undefined ? `It has ${names.join(', ')}.` : `Did you mean "${near}"?`
}
