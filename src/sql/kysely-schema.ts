import {
  OperationNodeTransformer,
  RawNode,
  TableNode,
  WithSchemaPlugin,
  type QueryId,
  type RootOperationNode,
} from 'kysely'

/**
 * A query of Kysely on the tables of a schema: as by `withSchema()`, and `sql.table()` too, which that leaves alone. A schema that the query names itself stays; a table that is only
 * named in text of the developer's own is the connection's.
 */
export function inSchema(
  query: RootOperationNode,
  queryId: QueryId,
  schema: string | undefined,
): RootOperationNode {
  if (schema === undefined) return query
  const node = new WithSchemaPlugin(schema).transformQuery({ node: query, queryId })
  return new RawTables(schema).transformNode(node, queryId)
}

/** Finds what `sql.table()` makes: a table, and no text around it. */
class RawTables extends OperationNodeTransformer {
  readonly #schema: string

  constructor(schema: string) {
    super()
    this.#schema = schema
  }

  protected override transformRaw(node: RawNode, queryId?: QueryId): RawNode {
    const [table] = node.parameters
    const isTable = node.sqlFragments.join('') === '' && node.parameters.length === 1
    if (!isTable || table === undefined || !TableNode.is(table) || table.table.schema !== undefined)
      return super.transformRaw(node, queryId)
    const { name } = table.table.identifier
    return RawNode.createWithChild(TableNode.createWithSchema(this.#schema, name))
  }
}
