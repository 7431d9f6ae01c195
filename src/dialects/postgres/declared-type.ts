import { columnTypes, decimalType, varcharType, type ColumnType } from '../../schema/index.ts'

/** Types by their names in the catalogue. */
const TYPES: Readonly<Record<string, ColumnType>> = {
  int2: columnTypes.int,
  int4: columnTypes.int,
  int8: columnTypes.bigint,
  float4: columnTypes.float,
  float8: columnTypes.float,
  bool: columnTypes.boolean,
  timestamptz: columnTypes.timestamp,
  timestamp: columnTypes.localTimestamp,
  date: columnTypes.date,
  time: columnTypes.time,
  uuid: columnTypes.uuid,
  bytea: columnTypes.bytes,
  json: columnTypes.json,
  jsonb: columnTypes.json,
}

/** What a modifier adds to a length or a precision. */
const HEADER = 4

/** The column type of a type of the catalogue, with its modifier (-1 = none); text for types that athanor has no word for. */
export function typeOfCatalogue(name: string, modifier: number): ColumnType {
  if (name === 'varchar' && modifier >= HEADER) return varcharType(modifier - HEADER)
  if (name === 'numeric')
    return modifier < HEADER
      ? decimalType()
      : decimalType((modifier - HEADER) >>> 16, (modifier - HEADER) & 0xff_ff)
  return TYPES[name] ?? columnTypes.text
}
