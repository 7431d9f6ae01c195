export type {
  Check,
  Column,
  ForeignKey,
  ForeignKeyAction,
  ForeignKeyOptions,
  Index,
  SqlText,
} from './column.ts'
export {
  canonicalDecimal,
  columnTypes,
  customType,
  decimalType,
  oneOfType,
  varcharType,
  type Codec,
  type ColumnType,
  type StorageKind,
} from './column-type.ts'
export { MetaData } from './metadata.ts'
export { constraintName } from './naming.ts'
export { Table } from './table.ts'
