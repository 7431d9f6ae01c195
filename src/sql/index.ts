export type { ColumnType as KyselyColumn, Dialect as KyselyDialect, Kysely } from 'kysely'
export { avg, count, countBeside, max, min, sum } from './aggregates.ts'
export { createBinder, createRawBinder, type Binder } from './binder.ts'
export { wholeRows, type Catalog, type JoinPath, type ModelRows } from './catalog.ts'
export type { ColumnCodec, PlainForm } from './codec.ts'
export { ColumnExpression } from './column-expression.ts'
export { CompiledStatement, compile } from './compiled-statement.ts'
export { and, asExpression, filterConditions, not, or } from './conditions.ts'
export { keepExistingSql } from './conflict-clause.ts'
export { DeleteStatement, UpdateStatement } from './criteria-statements.ts'
export { Expression, type SubqueryStatement } from './expression.ts'
export type { ColExpr, Expr, NumOps, Order, Subquery, TextOps, Val } from './expression-types.ts'
export { InsertStatement } from './insert-statement.ts'
export { isComparable } from './comparable.ts'
export { Keyset, type KeysetSide, type KeysetTerm } from './keyset.ts'
export {
  deleteInSql,
  selectInSql,
  type KeyListSelect,
  type KeyListStatement,
  type LinkTable,
} from './key-list-statement.ts'
export { createKyselyBinder, kyselyIntent } from './kysely-driver.ts'
export {
  createKysely,
  kyselyParts,
  type KyselyAnswer,
  type KyselyBridge,
  type KyselyCommand,
  type KyselyIntent,
  type KyselyRoute,
} from './kysely-bridge.ts'
export { mentionedTables } from './kysely-tables.ts'
export type { Operand, Values } from './operand.ts'
export { OrderTerm } from './order-term.ts'
export { ToManyExpression, ToOneExpression, type RelationTargets } from './relation-expression.ts'
export { blockingKeys, createTablesSql } from './schema-ddl.ts'
export { SelectStatement, type JoinableRelation, type LockOptions } from './select-statement.ts'
export type { LayoutItem, SelectItem } from './selection.ts'
export { ENTITY, MODEL, Source, createAlias, isEntity, isModel } from './source.ts'
export type { KyselyFlavour, RawKind, SqlDialect, SqlFeatures } from './sql-dialect.ts'
export type { RowFilter } from './row-filter.ts'
export { RawStatement, createTemplate, sql, type SqlFragment, type SqlTag } from './sql-tag.ts'
export { SqlTemplate } from './sql-template.ts'
export { StatementCache } from './statement-cache.ts'
export { valuesOf, type Statement } from './statement.ts'
export { createTableSql, dropForeignKeySql, dropTableSql } from './table-ddl.ts'
export {
  deleteSql,
  insertSql,
  lockRowSql,
  selectByKeySql,
  selectRowSql,
  updateSql,
  type InsertColumns,
  type UpdateColumns,
} from './table-statements.ts'
export { placesFor } from './in-list.ts'
export { ValueByKey } from './value-by-key.ts'
