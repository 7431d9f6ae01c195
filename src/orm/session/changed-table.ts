import type { Column } from '../../schema/index.ts'
import type { AnyEntity, Association, ClassOf, Mapper } from '../mapping/index.ts'
import type { ColumnChange, RowChange } from './change.ts'
import type { ChangedTable, StoredRow } from './change-log.ts'

/** The rows of a model. */
export function mappedRows(mapper: Mapper): ChangedTable {
  return mapper.compiled('changed rows', () => ({
    table: mapper.root.table,
    model: mapper.model as unknown as ClassOf<AnyEntity>,
    describe: (before, after) => describeRow(mapper, before, after),
  }))
}

function describeRow(
  mapper: Mapper,
  before: StoredRow | null,
  after: StoredRow | null,
): RowChange | undefined {
  const { rows } = mapper
  const decoded = (column: Column, row: StoredRow | null): unknown =>
    row === null ? undefined : rows.decode(column.ordinal, row[column.ordinal])
  const columns: Record<string, ColumnChange> = {}
  for (const column of mapper.columns) {
    const change = { old: decoded(column, before), new: decoded(column, after) }
    const isKept =
      before === null || after === null
        ? change.old !== undefined || change.new !== undefined
        : rows.differs(column.ordinal, change.new, before[column.ordinal])
    if (isKept)
      Object.defineProperty(columns, column.property, {
        value: change,
        enumerable: !mapper.factsOf(column).hidden,
      })
  }
  if (Object.getOwnPropertyNames(columns).length === 0) return undefined
  const key = mapper.keyColumns.map((column) => decoded(column, after ?? before))
  return {
    kind: kindOf(before, after),
    model: mapper.model as unknown as ClassOf<AnyEntity>,
    engineKey: mapper.engineKey,
    table: mapper.table.name,
    identity: key.length === 1 ? key[0] : byProperty(mapper.keyColumns, key),
    columns,
  }
}

/** The rows of an association table that no model maps: nothing but the two keys, as values, in the order of `keyColumns`. */
export function associationRows(
  { table }: Association,
  keyColumns: readonly Column[],
): ChangedTable {
  return {
    table,
    model: undefined,
    describe(before, after) {
      const columns = keyColumns.map((column, i): [string, ColumnChange] => [
        column.property,
        { old: before?.[i], new: after?.[i] },
      ])
      // there is nothing in such a row that could be updated
      if (before !== null && after !== null) return undefined
      return {
        kind: kindOf(before, after),
        model: undefined,
        engineKey: table.engineKey,
        table: table.name,
        identity: byProperty(keyColumns, after ?? before ?? []),
        columns: Object.fromEntries(columns),
      }
    },
  }
}

function kindOf(before: StoredRow | null, after: StoredRow | null): RowChange['kind'] {
  if (before === null) return 'insert'
  return after === null ? 'delete' : 'update'
}

function byProperty(columns: readonly Column[], values: readonly unknown[]): object {
  return Object.fromEntries(columns.map(({ property }, i) => [property, values[i]]))
}
