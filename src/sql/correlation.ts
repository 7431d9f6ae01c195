import type { JoinPath } from './catalog.ts'
import type { NameOf } from './operand.ts'
import type { PlacedRows } from './placed-rows.ts'
import { Scope } from './scope.ts'
import { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'

/** A relation of a source. */
export interface Relation {
  readonly source: Source
  readonly relation: string
  readonly key: string
  readonly target: object
  label(nameOf?: NameOf): string
}

/** A relation where a statement uses it: the owner's rows, and how targets are found from them. */
export interface RelationUse {
  readonly owner: PlacedRows
  readonly path: JoinPath
}

/** Finds the owner's rows at this place of the statement. */
export function useRelation(writer: SqlWriter, relation: Relation): RelationUse {
  return {
    owner: writer.resolve(relation.source, relation.label(writer.nameOf)),
    path: writer.catalog.relation(relation.source.model, relation.relation),
  }
}

/**
 * Writes `select … from <targets of this owner> where …` with the target's model standing for those rows inside `conditions`, which gives further
 * conditions, written in order.
 */
export function renderTargets(
  writer: SqlWriter,
  relation: Relation,
  selected: string,
  conditions: (target: PlacedRows) => string[],
): void {
  const { owner, path } = useRelation(writer, relation)
  const scope = new Scope(writer, writer.scope)
  const entry = scope.addRoot(Source.of(relation.target))
  const where = [tieToOwner(scope, owner, entry, path)]
  if (scope.filter !== undefined) where.push(scope.filter)
  writer.within(scope, () => where.push(...conditions(entry)))
  writer.write(`select ${selected} from ${scope.from} where ${where.join(' and ')}`)
}

function tieToOwner(
  scope: Scope,
  owner: PlacedRows,
  target: PlacedRows,
  { pairs, through }: JoinPath,
): string {
  if (through === undefined) return scope.on(owner, target, pairs)
  const link = scope.joinTable(through.table, (tied) => scope.on(tied, target, through.targetPairs))
  return scope.on(owner, link, through.ownerPairs)
}

/** As `renderTargets`, for an association table alone: the rows that tie the owner to its targets. */
export function renderLinks(
  writer: SqlWriter,
  use: RelationUse,
  selected: string,
  conditions: (link: PlacedRows) => string[],
): void {
  const { through } = use.path
  if (through === undefined) return
  const scope = new Scope(writer, writer.scope)
  const link = scope.addTable(through.table)
  const where = [scope.on(use.owner, link, through.ownerPairs), ...conditions(link)]
  writer.write(`select ${selected} from ${scope.from} where ${where.join(' and ')}`)
}
