import { ArgumentError } from '../errors/index.ts'
import type { Column, Table } from '../schema/index.ts'
import type { Assignments } from './assignments.ts'
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

function renderOnConflict(writer: SqlWriter, { model, table, ...clause }: ConflictClause): void {
  const { target, action } = clause
  const names = target.map((column) => writer.quote(column.name)).join(', ')
  writer.write(` on conflict (${names}) do `)
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
  else action.render(writer, table, model)
}

/** Columns of the new row but the unique ones, which are the same already; those where there are no others, because something must be written. */
function changing({ given, target }: Pick<ConflictClause, 'given' | 'target'>): readonly Column[] {
  const others = given.filter((column) => !target.includes(column))
  return others.length === 0 ? target : others
}

/** Where any unique key sets the clause off, a row that is the same by another key than the one named must fail, as it does with ON CONFLICT. */
function renderOnDuplicateKey(writer: SqlWriter, clause: ConflictClause): void {
  const { model, table, target, action, returns } = clause
  const keys = uniqueKeys(table)
  if (!keys.some((key) => isSameKey(key, target))) throw notUnique(table, target)
  const guard = keys.some((key) => isMetToo(key, clause)) ? otherKeyGuard(writer, target) : ''
  writer.write(' on duplicate key update ')
  if (action === 'nothing') {
    if (returns) throw cannotTellInserted(table)
    const kept = writer.quote(target[0]?.name ?? '')
    writer.write(`${kept} = ${guarded(guard, kept)}`)
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
  if (guard !== '') {
    const kept = writer.quote(target[0]?.name ?? '')
    writer.write(`${kept} = ${guarded(guard, kept)}, `)
  }
  action.render(writer, table, model)
}

function uniqueKeys(table: Table): readonly (readonly Column[])[] {
  const unique = table.indexes.filter((index) => index.unique).map((index) => index.columns)
  return [table.primaryKey, ...unique]
}

function isSameKey(key: readonly Column[], target: readonly Column[]): boolean {
  return key.length === target.length && key.every((column) => target.includes(column))
}

/** Whether a unique key beside the named one can set the clause off: its columns all have values of the program. */
function isMetToo(key: readonly Column[], { target, given }: ConflictClause): boolean {
  return !isSameKey(key, target) && key.every((column) => given.includes(column))
}

/** True for rows that are the same by the named key. */
function otherKeyGuard(writer: SqlWriter, target: readonly Column[]): string {
  return target
    .map(({ name }) => `${writer.quote(name)} <=> values(${writer.quote(name)})`)
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
