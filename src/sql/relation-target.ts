import { ArgumentError } from '../errors/index.ts'
import { columnTypes, type Column, type ColumnType } from '../schema/index.ts'
import { createBinder, type Binder } from './binder.ts'
import {
  renderLinks,
  renderTargets,
  useRelation,
  type Relation,
  type RelationUse,
} from './correlation.ts'
import { Expression } from './expression.ts'
import { className, Precedence, type Values } from './operand.ts'
import type { PlacedRows } from './placed-rows.ts'
import type { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'

/**
 * Whether a relation leads to one object in memory. The object is the value: its key is read when the statement is sent, so that an object flushed in
 * between has one.
 */
export class RelationTarget extends Expression<boolean> {
  readonly key: string
  readonly type: ColumnType = columnTypes.boolean
  readonly precedence: Precedence = Precedence.comparison
  readonly source: Source
  readonly #relation: Relation
  readonly #entity: object

  constructor(relation: Relation, entity: object) {
    super()
    this.key = `is(${relation.key},?)`
    this.source = relation.source
    this.#relation = relation
    this.#entity = entity
  }

  collect(into: Values): void {
    into.push(this.#entity)
  }

  render(writer: SqlWriter): void {
    const use = useRelation(writer, this.#relation)
    const slot = writer.claim()
    const { pairs, through, toMany } = use.path
    if (through !== undefined) this.#renderLinked(writer, use, slot)
    else if (toMany) this.#renderMember(writer, slot)
    else writer.write(allOf(this.#equalities(writer, use.owner, pairs, slot)))
  }

  #renderLinked(writer: SqlWriter, use: RelationUse, slot: number): void {
    writer.write('exists (')
    renderLinks(writer, use, '1', (link) =>
      this.#equalities(writer, link, use.path.through?.targetPairs ?? [], slot),
    )
    writer.write(')')
  }

  #renderMember(writer: SqlWriter, slot: number): void {
    writer.write('exists (')
    renderTargets(writer, this.#relation, '1', (target) =>
      this.#equalities(
        writer,
        target,
        target.table.primaryKey.map((column) => [column, column] as const),
        slot,
      ),
    )
    writer.write(')')
  }

  #equalities(
    writer: SqlWriter,
    rows: PlacedRows,
    pairs: readonly (readonly [held: Column, target: Column])[],
    slot: number,
  ): string[] {
    return pairs.map(
      ([held, target]) =>
        `${rows.column(held)} = ${writer.placeholder(slot, keyBinder(writer, target))}`,
    )
  }
}

function allOf(conditions: readonly string[]): string {
  const text = conditions.join(' and ')
  return conditions.length > 1 ? `(${text})` : text
}

function keyBinder(writer: SqlWriter, column: Column): Binder {
  const { property, type } = column
  const bind = createBinder(type, writer.dialect.codec(type), `${column.table.name}.${property}`)
  return (entity) => {
    const value: unknown = Reflect.get(entity as object, property)
    if (value !== undefined) return bind(value)
    const name = className((entity as object).constructor)
    throw new ArgumentError(
      `Cannot compare with this ${name}: it has no ${property} yet. Add it to the session and flush it before it is used in a query.`,
    )
  }
}
