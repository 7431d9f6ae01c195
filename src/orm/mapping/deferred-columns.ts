import { MappingError } from '../../errors/index.ts'
import type { Column } from '../../schema/index.ts'
import type { ColumnFacts } from './column-builder.ts'
import type { Mapper } from './mapper.ts'

/** Columns that queries for a model leave out: its own, and those of the models of its family. */
export function deferredColumns(mapper: Mapper): ReadonlySet<Column> {
  const members = mapper.family?.members ?? [mapper]
  return new Set(
    members.flatMap((member) => member.columns.filter((column) => member.factsOf(column).deferred)),
  )
}

/** The columns that are read with these: those of their groups, in the order of their places. */
export function withGroups(mapper: Mapper, columns: readonly Column[]): readonly Column[] {
  const groups = new Set(columns.map((column) => mapper.factsOf(column).group))
  return mapper.columns.filter((column) => {
    const { group } = mapper.factsOf(column)
    return columns.includes(column) || (group !== undefined && groups.has(group))
  })
}

/** @throws {MappingError} MAPPING for a deferred column without which an object could not be used. */
export function checkDeferred(mapper: Mapper): void {
  for (const column of deferredColumns(mapper)) {
    if (!mapper.columns.includes(column)) continue
    const use = necessaryUse(mapper, column, mapper.factsOf(column))
    if (use === undefined) continue
    throw new MappingError(
      `Cannot defer ${mapper.name}.${column.property}: ${use}. Take .deferred() from it.`,
      { info: { model: mapper.name, property: column.property } },
    )
  }
}

function necessaryUse(mapper: Mapper, column: Column, facts: ColumnFacts): string | undefined {
  if (facts.primaryKey) return 'it is part of the primary key'
  if (facts.version) return 'each update compares it with the row'
  if (facts.discriminator) return 'it says of which model a row is'
  const relation = [...mapper.relationships.values()].find(({ localColumns }) =>
    localColumns.includes(column),
  )
  return relation === undefined
    ? undefined
    : `the relation ${relation.name} finds its objects by it`
}
