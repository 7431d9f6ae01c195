import {
  columnTypes,
  decimalType,
  oneOfType,
  varcharType,
  type ColumnType,
} from '../../schema/index.ts'

/** Column types by the server's names of its types. */
const TYPES: Readonly<Record<string, (numbers: readonly number[]) => ColumnType>> = {
  tinyint: ([length]) => (length === 1 ? columnTypes.boolean : columnTypes.int),
  smallint: () => columnTypes.int,
  mediumint: () => columnTypes.int,
  int: () => columnTypes.int,
  year: () => columnTypes.int,
  bigint: () => columnTypes.bigint,
  float: () => columnTypes.float,
  double: () => columnTypes.float,
  decimal: ([precision, scale]) => decimalType(precision, scale ?? 0),
  char: ([length]) => (length === UUID_LENGTH ? columnTypes.uuid : varcharType(length ?? 1)),
  varchar: ([length]) => varcharType(length ?? 255),
  uuid: () => columnTypes.uuid,
  json: () => columnTypes.json,
  date: () => columnTypes.date,
  time: () => columnTypes.time,
  datetime: () => columnTypes.timestamp,
  timestamp: () => columnTypes.timestamp,
}
const UUID_LENGTH = 36
const BYTES = /blob|binary|^bit$/

/** The column type that the server's description of a column means: `decimal`, `decimal(10,2)`. Text for what athanor has no type for. */
export function typeOfColumn(dataType: string, columnType: string, isJson: boolean): ColumnType {
  if (isJson) return columnTypes.json
  const name = dataType.toLowerCase()
  const inner = /\(([^)]*)\)/.exec(columnType)?.[1] ?? ''
  if (name === 'enum')
    return oneOfType(
      [...inner.matchAll(/'((?:[^']|'')*)'/g)].map(([, word = '']) => word.replaceAll("''", "'")),
    )
  const numbers = inner === '' ? [] : inner.split(',').map(Number).filter(Number.isSafeInteger)
  if (BYTES.test(name)) return columnTypes.bytes
  return TYPES[name]?.(numbers) ?? columnTypes.text
}
