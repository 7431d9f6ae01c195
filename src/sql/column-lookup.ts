import { ArgumentError } from '../errors/index.ts'
import type { Column, Table } from '../schema/index.ts'
import { nearest } from '../util/index.ts'

/** The column that the program calls `property`, in the first of these tables that has one. @throws {ArgumentError} ARGUMENT that names the nearest one when there is none. */
export function columnOf(tables: readonly Table[], property: string, mention: string): Column {
  for (const table of tables) {
    const column = table.column(property)
    if (column !== undefined) return column
  }
  const properties = tables.flatMap(({ columns }) => columns.map((each) => each.property))
  const names = tables.map(({ name }) => `"${name}"`).join(' and ')
  const subject = tables.length === 1 ? `the table ${names} has` : `the tables ${names} have`
  throw new ArgumentError(
    `Cannot find ${mention}: ${subject} no such column. ${suggestion(property, [...new Set(properties)])}`,
  )
}

/** `Did you mean "title"?`, or all names when none is near. */
export function suggestion(word: string, names: readonly string[]): string {
  const near = nearest(word, names)
  return near === undefined ? `It has ${names.join(', ')}.` : `Did you mean "${near}"?`
}
