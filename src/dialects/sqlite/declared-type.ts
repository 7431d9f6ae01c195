import { columnTypes, decimalType, varcharType, type ColumnType } from '../../schema/index.ts'

/** Declared types by what they begin with or hold; the first that fits. SQLite lets a column be declared as anything. */
const TYPES: readonly (readonly [
  pattern: RegExp,
  type: (numbers: readonly number[]) => ColumnType,
])[] = [
  [/^(?:big ?int|int8|unsigned big)/, () => columnTypes.bigint],
  [/int/, () => columnTypes.int],
  [/char/, ([length]) => (length === undefined ? columnTypes.text : varcharType(length))],
  [/clob|text/, () => columnTypes.text],
  [/^$|blob|binary/, () => columnTypes.bytes],
  [/real|floa|doub/, () => columnTypes.float],
  [
    /dec|num/,
    ([precision, scale]) =>
      decimalType(precision, scale ?? (precision === undefined ? undefined : 0)),
  ],
  [/bool/, () => columnTypes.boolean],
  [/timestamp|datetime/, () => columnTypes.timestamp],
  [/date/, () => columnTypes.date],
  [/time/, () => columnTypes.time],
  [/json/, () => columnTypes.json],
  [/uuid/, () => columnTypes.uuid],
]

/** The column type that a declaration such as `VARCHAR(80)` means; text for words that mean nothing. */
export function typeOfDeclaration(declaration: string): ColumnType {
  const [, words = '', inner = ''] =
    /^([^(]*)(?:\(([^)]*)\))?/.exec(declaration.trim().toLowerCase()) ?? []
  const numbers = inner === '' ? [] : inner.split(',').map(Number).filter(Number.isSafeInteger)
  return TYPES.find(([pattern]) => pattern.test(words.trim()))?.[1](numbers) ?? columnTypes.text
}
