import { MappingError } from '../../errors/index.ts'
import { constraintName, Table, type Column, type ForeignKeyOptions } from '../../schema/index.ts'
import { snakeCase } from '../../util/index.ts'
import type { ColumnFacts } from './column-builder.ts'
import { columnsOf } from './columns.ts'
import type { ModelDefinition } from './definition.ts'
import { CheckClause, IndexClause } from './table-items.ts'

/** The table of a model: columns and what concerns one column; foreign keys of relations follow when all tables exist. */
export function buildTable(
  name: string,
  definition: ModelDefinition,
  engineKey: string,
  tableName: string,
): Table {
  const table = new Table(tableName, engineKey)
  for (const [property, facts] of definition.columns) addColumn(table, property, facts)
  if (table.primaryKey.length === 0) {
    throw new MappingError(
      `Cannot map ${name}: it has no primary key. Add id: id(), or call .primaryKey() on the columns that tell its rows apart.`,
      {
        code: 'NO_PRIMARY_KEY',
        info: { model: name },
      },
    )
  }
  checkGeneratedKey(table, name)
  return table
}

/** No database generates one column of a key that has several, and `id()` where a foreign key is meant is a common slip. */
function checkGeneratedKey(table: Table, name: string): void {
  if (table.primaryKey.length === 1) return
  const generated = table.primaryKey.find(({ autoIncrement }) => autoIncrement)
  if (generated === undefined) return
  throw new MappingError(
    `Cannot map ${name}: id() generates "${generated.property}" and is the whole primary key, but ${table.primaryKey.map(({ property }) => property).join(', ')} are all in it. Declare a column that refers to another model as int(), and the parts of a composite key as int().primaryKey().`,
    { info: { model: name } },
  )
}

/** The second table of a model whose rows begin in that of its base: the same key, which refers to the row there and goes with it, and the columns that the model adds. */
export function continueTable(base: Table, definition: ModelDefinition, tableName: string): Table {
  const table = new Table(tableName, base.engineKey, base)
  const key = base.primaryKey.map((column) => table.addContinuedKey(column))
  for (const [property, facts] of definition.ownColumns) addColumn(table, property, facts)
  addForeignKey(table, key, base.primaryKey, { onDelete: 'cascade' })
  return table
}

/**
 * Columns that a model adds to the table of its base. They allow null there, since rows of other models have no value in them. Models beside each other may have a column in
 * common.
 *
 * @throws {MappingError} MAPPING where two of them mean different columns by one name.
 */
export function shareTable(table: Table, name: string, definition: ModelDefinition): void {
  for (const [property, facts] of definition.ownColumns) {
    const known = table.column(property)
    const columnName = facts.name ?? snakeCase(property)
    if (known === undefined && table.columns.every((column) => column.name !== columnName))
      addColumn(table, property, { ...facts, nullable: true })
    else if (known?.name !== columnName || !sameType(known, facts)) {
      throw new MappingError(
        `Cannot map ${name}: the table "${table.name}" has another column "${columnName}" already, of a model beside it. Rename one of them, or give both one type.`,
        { info: { model: name, property, table: table.name } },
      )
    }
  }
}

function sameType({ type }: Column, facts: ColumnFacts): boolean {
  const { kind, length, precision, scale, values, codec } = facts.type
  return (
    type.kind === kind &&
    type.length === length &&
    type.precision === precision &&
    type.scale === scale &&
    type.values?.join() === values?.join() &&
    type.codec === codec
  )
}

function addColumn(table: Table, property: string, facts: ColumnFacts): void {
  const column = table.addColumn({
    name: facts.name ?? snakeCase(property),
    property,
    type: facts.type,
    nullable: facts.nullable,
    primaryKey: facts.primaryKey,
    autoIncrement: facts.autoIncrement,
    serverDefault: facts.serverDefault,
    computed: facts.computed,
  })
  if (facts.unique)
    table.indexes.push({
      name: constraintName.unique(table.name, [column.name]),
      columns: [column],
      unique: true,
    })
  if (facts.index)
    table.indexes.push({
      name: constraintName.index(table.name, [column.name]),
      columns: [column],
      unique: false,
    })
}

/** Indexes and checks of several columns that the model's options name. */
export function addTableItems(
  table: Table,
  name: string,
  model: object,
  definition: ModelDefinition,
): void {
  const { indexes, checks } = definition.options
  const columns = columnsOf(model) as never
  for (const [place, item] of (indexes?.(columns) ?? []).entries()) {
    if (!(item instanceof IndexClause)) throw foreignItem(name, place, INDEXES)
    addIndex(table, name, item)
  }
  for (const [place, item] of (checks?.(columns) ?? []).entries()) {
    if (!(item instanceof CheckClause)) throw foreignItem(name, place, CHECKS)
    table.checks.push({
      name: constraintName.check(table.name, item.name ?? String(table.checks.length + 1)),
      condition: item.condition,
    })
  }
}

const INDEXES = { option: 'indexes', takes: 'index(c.title, c.place)', other: 'checks' } as const
const CHECKS = { option: 'checks', takes: 'check(c.price.gte(0))', other: 'indexes' } as const

function foreignItem(
  name: string,
  place: number,
  { option, takes, other }: typeof INDEXES | typeof CHECKS,
): MappingError {
  return new MappingError(
    `Cannot map ${name}: item ${place + 1} of its ${option} is none. The option takes a list such as ${option}: (c) => [${takes}]; there is also ${other}.`,
    { info: { model: name, option } },
  )
}

function addIndex(table: Table, name: string, item: IndexClause): void {
  const columns = item.properties.map((property) => requireColumn(table, name, property))
  const names = columns.map((column) => column.name)
  const automatic = item.isUnique
    ? constraintName.unique(table.name, names)
    : constraintName.index(table.name, names)
  table.indexes.push({ name: item.name ?? automatic, columns, unique: item.isUnique })
}

function requireColumn(table: Table, name: string, property: string): Column {
  const column = table.column(property)
  if (column === undefined)
    throw new MappingError(
      `Cannot map ${name}: an index of "${table.name}" names "${property}", which is none of the columns of that table.`,
    )
  return column
}

/** Foreign keys declared by `references('table.column')`. */
export function addReferences(
  table: Table,
  name: string,
  definition: ModelDefinition,
  tables: ReadonlyMap<string, Table>,
): void {
  for (const [property, facts] of definition.ownColumns) {
    if (facts.references === undefined) continue
    const { target, ...actions } = facts.references
    const [targetTable = '', targetColumn = ''] = target.split('.')
    const column = requireColumn(table, name, property)
    const remote = tables
      .get(targetTable)
      ?.columns.find((candidate) => candidate.name === targetColumn)
    if (remote === undefined) {
      throw new MappingError(
        `Cannot map ${name}.${property}: it refers to "${target}", and no model of this Database has that table and column. Add the model to \`models\`, or correct the name.`,
      )
    }
    addForeignKey(table, [column], [remote], actions)
  }
}

/** Adds a foreign key constraint unless the same columns have one already. */
export function addForeignKey(
  table: Table,
  columns: readonly Column[],
  targetColumns: readonly Column[],
  actions: ForeignKeyOptions,
): void {
  const target = targetColumns[0]?.table ?? table
  const names = columns.map((column) => column.name)
  const exists = table.foreignKeys.some(
    (key) => key.target === target && key.columns.every((column, i) => column === columns[i]),
  )
  if (!exists)
    table.foreignKeys.push({
      name: constraintName.foreignKey(table.name, names, target.name),
      columns,
      target,
      targetColumns,
      ...actions,
    })
}
