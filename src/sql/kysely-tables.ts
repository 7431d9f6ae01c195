import { TableNode, type OperationNode } from 'kysely'

/** Names of the database's tables that a Kysely query mentions anywhere, those of its WITH left out. Text of the developer's own mentions what `sql.table()` says. */
export function mentionedTables(query: OperationNode): ReadonlySet<string> {
  const mentioned = new Set<string>()
  const named = new Set<string>()
  visit(query, mentioned, named)
  for (const name of named) mentioned.delete(name)
  return mentioned
}

function visit(node: unknown, mentioned: Set<string>, named: Set<string>): void {
  if (Array.isArray(node)) for (const each of node) visit(each, mentioned, named)
  else if (isNode(node)) {
    if (TableNode.is(node)) mentioned.add(node.table.identifier.name)
    else if (node.kind === 'CommonTableExpressionNameNode') nameOfWith(node, named)
    else for (const part of Object.values(node)) visit(part, mentioned, named)
  }
}

function nameOfWith(node: OperationNode, named: Set<string>): void {
  const table: unknown = Reflect.get(node, 'table')
  if (isNode(table) && TableNode.is(table)) named.add(table.table.identifier.name)
}

function isNode(value: unknown): value is OperationNode {
  return typeof value === 'object' && value !== null && 'kind' in value
}
