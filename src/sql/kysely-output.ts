import {
  AliasNode,
  DeleteQueryNode,
  IdentifierNode,
  InsertQueryNode,
  ReferenceNode,
  SelectAllNode,
  SelectQueryNode,
  TableNode,
  UpdateQueryNode,
  type ColumnNode,
  type OperationNode,
  type ReturningNode,
  type RootOperationNode,
  type SelectionNode,
} from 'kysely'
import type { Column } from '../schema/index.ts'

/** Finds a column by the database's names. */
export type FindColumn = (table: string, column: string) => Column | undefined

/** Finds the model column that an output column is, where the query says so plainly. */
export type OutputColumn = (name: string) => Column | undefined

/** What a query selects or returns, and where from. */
interface Output {
  readonly selections: readonly SelectionNode[]
  readonly tables: readonly OperationNode[]
}

/**
 * The model columns behind the output columns of a Kysely query: `table.column`, under another name or not, and `*`. Expressions, unions and tables that
 * are queries themselves have none: their values stay as the driver gives them.
 */
export function outputColumns(query: RootOperationNode, find: FindColumn): OutputColumn {
  const output = outputOf(query)
  if (output === undefined) return () => undefined
  const tables = tablesByName(output.tables, namesOfWith(query))
  const named = new Map<string, Column | undefined>()
  const starred: string[] = []
  for (const { selection } of output.selections) {
    const alias =
      AliasNode.is(selection) && IdentifierNode.is(selection.alias)
        ? selection.alias.name
        : undefined
    const reference = AliasNode.is(selection) ? selection.node : selection
    if (SelectAllNode.is(reference)) starred.push(...tables.values())
    else if (ReferenceNode.is(reference)) {
      const candidates =
        reference.table === undefined ? [...tables.values()] : [tables.get(nameOf(reference.table))]
      if (SelectAllNode.is(reference.column))
        starred.push(...candidates.filter((table) => table !== undefined))
      else
        named.set(
          alias ?? columnNameOf(reference.column),
          onlyColumn(candidates, columnNameOf(reference.column), find),
        )
    } else if (alias !== undefined) named.set(alias, undefined)
  }
  return (name) => (named.has(name) ? named.get(name) : onlyColumn(starred, name, find))
}

function outputOf(query: RootOperationNode): Output | undefined {
  if (SelectQueryNode.is(query))
    return query.setOperations === undefined ? selected(query) : undefined
  if (InsertQueryNode.is(query)) return returned(query.returning, query.into)
  if (UpdateQueryNode.is(query)) return returned(query.returning, query.table)
  return DeleteQueryNode.is(query) ? returned(query.returning, ...query.from.froms) : undefined
}

function selected({ selections = [], from, joins = [] }: SelectQueryNode): Output {
  return { selections, tables: [...(from?.froms ?? []), ...joins.map((join) => join.table)] }
}

function returned(
  returning: ReturningNode | undefined,
  ...tables: readonly (OperationNode | undefined)[]
): Output {
  return {
    selections: returning?.selections ?? [],
    tables: tables.filter((table) => table !== undefined),
  }
}

/** Names of common table expressions: a table of that name is not the database's. */
function namesOfWith(query: RootOperationNode): ReadonlySet<string> {
  const expressions = 'with' in query ? (query.with?.expressions ?? []) : []
  return new Set(expressions.map((expression) => nameOf(expression.name.table)))
}

/** Tables by the name that they have in the query. */
function tablesByName(
  nodes: readonly OperationNode[],
  hidden: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const tables = new Map<string, string>()
  for (const node of nodes) {
    const table = AliasNode.is(node) ? node.node : node
    if (!TableNode.is(table) || hidden.has(nameOf(table))) continue
    const alias =
      AliasNode.is(node) && IdentifierNode.is(node.alias) ? node.alias.name : nameOf(table)
    tables.set(alias, nameOf(table))
  }
  return tables
}

function onlyColumn(
  tables: readonly (string | undefined)[],
  name: string,
  find: FindColumn,
): Column | undefined {
  const found = tables.flatMap((table) => (table === undefined ? [] : (find(table, name) ?? [])))
  return found.length === 1 ? found[0] : undefined
}

function nameOf(table: TableNode): string {
  return table.table.identifier.name
}

function columnNameOf(column: ColumnNode): string {
  return column.column.name
}
