import { ArgumentError } from '../errors/index.ts'
import {
  constraintName,
  type Check,
  type Column,
  type ForeignKey,
  type Table,
} from '../schema/index.ts'
import { checkTable } from './ddl-checks.ts'
import { Expression } from './expression.ts'
import { LiteralWriter } from './literal-writer.ts'
import { qualifiedName } from './qualified-name.ts'
import type { SqlDialect } from './sql-dialect.ts'
import { ownerOf, storageType } from './storage-type.ts'
import { columnList } from './table-statements.ts'

/**
 * The statements that make a table with its keys, unique and check constraints, and then its indexes. Foreign keys in `later` are left out, for `addForeignKeySql`.
 *
 * @throws {MappingError} MAPPING when the database can have no index of a column that needs one, or would cut a name.
 */
export function createTableSql(
  table: Table,
  dialect: SqlDialect,
  later: ReadonlySet<ForeignKey> = new Set(),
): string[] {
  checkTable(table, dialect)
  const definitions = [
    ...table.columns.map((column) => columnDefinition(column, dialect)),
    ...primaryKey(table, dialect),
    ...table.indexes
      .filter((index) => index.unique)
      .map((index) => named(dialect, index.name, `unique (${columnList(dialect, index.columns)})`)),
    ...table.columns.flatMap((column) => typeCheck(column, dialect)),
    ...table.checks.map((check) =>
      named(dialect, check.name, `check (${checkText(check, table, dialect)})`),
    ),
    ...table.foreignKeys.filter((key) => !later.has(key)).map((key) => foreignKey(key, dialect)),
  ]
  const indexes = table.indexes
    .filter((index) => !index.unique)
    .map(
      (index) =>
        `create index ${dialect.quote(index.name)} on ${qualifiedName(dialect, table)} (${columnList(dialect, index.columns)})`,
    )
  const options = dialect.tableOptions === undefined ? '' : ` ${dialect.tableOptions}`
  return [
    `create table ${qualifiedName(dialect, table)} (\n  ${definitions.join(',\n  ')}\n)${options}`,
    ...indexes,
  ]
}

/** The statement that gives an existing table a foreign key. */
export function addForeignKeySql(key: ForeignKey, dialect: SqlDialect): string {
  return `alter table ${qualifiedName(dialect, ownerOf(key))} add ${foreignKey(key, dialect)}`
}

/** The statement that takes a foreign key away, so that its target can be dropped first. */
export function dropForeignKeySql(key: ForeignKey, dialect: SqlDialect): string {
  return `alter table ${qualifiedName(dialect, ownerOf(key))} drop constraint ${dialect.quote(key.name)}`
}

/** The statement that removes a table, if it exists. */
export function dropTableSql(table: Table, dialect: SqlDialect): string {
  return `drop table if exists ${qualifiedName(dialect, table)}`
}

function columnDefinition(column: Column, dialect: SqlDialect): string {
  const parts = [dialect.quote(column.name), dialect.codec(storageType(column)).sqlType]
  if (column.computed !== undefined) parts.push(`generated always as (${column.computed}) stored`)
  if (column.autoIncrement) parts.push(dialect.autoIncrementClause)
  const mayBeNotNull = column.computed === undefined || dialect.supports.notNullComputed
  if (!column.nullable && mayBeNotNull) parts.push('not null')
  if (column.serverDefault !== undefined) parts.push(`default (${column.serverDefault})`)
  return parts.join(' ')
}

/** Nothing when the clause of the generated key says it already. */
function primaryKey(table: Table, dialect: SqlDialect): string[] {
  const columns = table.primaryKey
  const isSaid =
    /\bprimary key\b/i.test(dialect.autoIncrementClause) &&
    columns.some((column) => column.autoIncrement)
  return columns.length === 0 || isSaid
    ? []
    : [
        named(
          dialect,
          constraintName.primaryKey(table.name),
          `primary key (${columnList(dialect, columns)})`,
        ),
      ]
}

function typeCheck(column: Column, dialect: SqlDialect): string[] {
  const condition = dialect.codec(column.type).check?.(dialect.quote(column.name))
  return condition === undefined
    ? []
    : [named(dialect, constraintName.check(column.table.name, column.name), `check (${condition})`)]
}

function foreignKey(key: ForeignKey, dialect: SqlDialect): string {
  const parts = [
    `foreign key (${columnList(dialect, key.columns)}) references ${qualifiedName(dialect, key.target)} (${columnList(dialect, key.targetColumns)})`,
  ]
  if (key.onDelete !== undefined) parts.push(`on delete ${key.onDelete}`)
  if (key.onUpdate !== undefined) parts.push(`on update ${key.onUpdate}`)
  return named(dialect, key.name, parts.join(' '))
}

function named(dialect: SqlDialect, name: string, constraint: string): string {
  return `constraint ${dialect.quote(name)} ${constraint}`
}

function checkText({ name, condition }: Check, table: Table, dialect: SqlDialect): string {
  if (condition instanceof Expression) return new LiteralWriter(dialect, table).textOf(condition)
  throw new ArgumentError(
    `Cannot create the table "${table.name}": its check "${name}" is no condition. Write check(c.price.gte('0')), say.`,
  )
}
