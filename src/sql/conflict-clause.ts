import { ArgumentError } from '../errors/index.ts'
import type { Column, Table } from '../schema/index.ts'
import type { Assignments } from './assignments.ts'
import { columnList } from './table-statements.ts'
import type { SqlDialect } from './sql-dialect.ts'
import type { SqlWriter } from './sql-writer.ts'

/** What becomes of a row that exists already. `row`: the new row's values replace the old ones. */
export type ConflictAction = 'nothing' | 'row' | Assignments

/** What an INSERT says about rows that exist already. */
export interface ConflictClause {
  readonly model: object
  readonly table: Table
  /** Columns whose values tell that it is the same row. */
  readonly target: readonly Column[]
  /** Columns that the INSERT gives. */
  readonly given: readonly Column[]
  readonly action: ConflictAction
  /** Whether the INSERT has RETURNING. */
  readonly returns: boolean
}

/** Writes ON CONFLICT, or what the database has instead of it. @throws {ArgumentError} ARGUMENT where it has nothing that means the same. */
export function renderConflict(writer: SqlWriter, clause: ConflictClause): void {
  const { conflictTarget, duplicateKeyUpdate } = writer.dialect.supports
  if (conflictTarget) renderOnConflict(writer, clause)
  else if (duplicateKeyUpdate) renderOnDuplicateKey(writer, clause)
  else
    throw new ArgumentError(
      'Cannot use onConflict(): this database has neither ON CONFLICT nor ON DUPLICATE KEY UPDATE. Insert inside a savepoint and handle UniqueViolationError.',
    )
}

/** Which columns an INSERT gives, and which of them tell that a row exists already. */
export type KeptRows = Pick<ConflictClause, 'table' | 'target' | 'given'>

/** What an INSERT says so that rows that exist already are left as they are; nothing where no key of the table has just the columns of `target`, or where the database cannot say it. */
export function keepExistingSql(dialect: SqlDialect, kept: KeptRows): string {
  const { conflictTarget, duplicateKeyUpdate } = dialect.supports
  if (!uniqueKeys(kept.table).some((key) => isSameKey(key, kept.target))) return ''
  if (conflictTarget) return ` on conflict (${columnList(dialect, kept.target)}) do nothing`
  return duplicateKeyUpdate ? ` on duplicate key update ${keepingSql(dialect, kept)}` : ''
}

/** An assignment that changes nothing. */
function keepingSql(dialect: SqlDialect, { table, target, given }: KeptRows): string {
  const name = dialect.quote(target[0]?.name ?? '')
  return `${name} = ${guarded(guardOf(dialect, { table, target, given }), name)}`
}

function renderOnConflict(writer: SqlWriter, { model, ...clause }: ConflictClause): void {
  const { target, action } = clause
  writer.write(` on conflict (${columnList(writer.dialect, target)}) do `)
  if (action === 'nothing') {
    writer.write('nothing')
    return
  }
  writer.write('update set ')
  if (action === 'row')
    writer.write(
      changing(clause)
        .map((column) => `${writer.quote(column.name)} = excluded.${writer.quote(column.name)}`)
        .join(', '),
    )
  else action.render(writer, model)
}

/** Columns of the new row but the unique ones, which are the same already; those where there are no others, because something must be written. */
function changing({ given, target }: Pick<ConflictClause, 'given' | 'target'>): readonly Column[] {
  const others = given.filter((column) => !target.includes(column))
  return others.length === 0 ? target : others
}

/** Where any unique key sets the clause off, a row that is the same by another key than the one named must fail, as it does with ON CONFLICT. */
function renderOnDuplicateKey(writer: SqlWriter, clause: ConflictClause): void {
  const { model, table, target, action, returns } = clause
  if (!uniqueKeys(table).some((key) => isSameKey(key, target))) throw notUnique(table, target)
  const guard = guardOf(writer.dialect, clause)
  writer.write(' on duplicate key update ')
  if (action === 'nothing') {
    if (returns) throw cannotTellInserted(table)
    writer.write(keepingSql(writer.dialect, clause))
    return
  }
  if (action === 'row') {
    const assignments = changing(clause).map((column, place) => {
      const name = writer.quote(column.name)
      const value = `values(${name})`
      return `${name} = ${place === 0 ? guarded(guard, value) : value}`
    })
    writer.write(assignments.join(', '))
    return
  }
  if (guard !== '') writer.write(`${keepingSql(writer.dialect, clause)}, `)
  action.render(writer, model)
}

function uniqueKeys(table: Table): readonly (readonly Column[])[] {
  const unique = table.indexes.filter((index) => index.unique).map((index) => index.columns)
  return [table.primaryKey, ...unique]
}

function isSameKey(key: readonly Column[], target: readonly Column[]): boolean {
  return key.length === target.length && key.every((column) => target.includes(column))
}

/** Whether a unique key beside the named one can set the clause off: its columns all have values of the program. */
function isMetToo(key: readonly Column[], { target, given }: KeptRows): boolean {
  return !isSameKey(key, target) && key.every((column) => given.includes(column))
}

/** True for rows that are the same by the named key; nothing where no other key can be the same. */
function guardOf(dialect: SqlDialect, kept: KeptRows): string {
  if (!uniqueKeys(kept.table).some((key) => isMetToo(key, kept))) return ''
  return kept.target
    .map(({ name }) => `${dialect.quote(name)} <=> values(${dialect.quote(name)})`)
    .join(' and ')
}

/** The value where the guard holds; elsewhere two rows where one is due, which fails: there is no other way to fail inside an expression. */
function guarded(guard: string, value: string): string {
  return guard === '' ? value : `if(${guard}, ${value}, (select 1 union select 2))`
}

function cannotTellInserted(table: Table): ArgumentError {
  return new ArgumentError(
    `Cannot return only the inserted rows of "${table.name}": this database would return those that existed too. Use insertOrGet(), or leave .returning() out.`,
  )
}

function notUnique(table: Table, target: readonly Column[]): ArgumentError {
  const columns = target.map((column) => column.property).join(', ')
  return new ArgumentError(
    `Cannot use onConflict(${columns}) with "${table.name}": no primary key and no unique index has just these columns, so that no row would ever conflict. Declare them unique.`,
  )
}
