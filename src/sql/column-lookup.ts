import { ArgumentError } from '../errors/index.ts'
import type { Column } from '../schema/index.ts'
import { nearest } from '../util/index.ts'
import type { ModelRows } from './catalog.ts'

/** The column that the program calls `property`. @throws {ArgumentError} ARGUMENT that names the nearest one when there is none. */
export function columnOf(
  rows: Pick<ModelRows, 'columns' | 'column' | 'tables'>,
  property: string,
  mention: string,
): Column {
  const column = rows.column(property)
  if (column !== undefined) return column
  const properties = rows.columns.map((each) => each.property)
  const names = rows.tables.map(({ name }) => `"${name}"`).join(' and ')
  const subject = rows.tables.length === 1 ? `the table ${names} has` : `the tables ${names} have`
  throw new ArgumentError(
    `Cannot find ${mention}: ${subject} no such column. ${suggestion(property, properties)}`,
  )
}

/** `Did you mean "title"?`, or all names when none is near. */
export function suggestion(word: string, names: readonly string[]): string {
  const near = nearest(word, names)
  return near === undefined ? `It has ${names.join(', ')}.` : `Did you mean "${near}"?`
}
