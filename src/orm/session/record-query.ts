import {
  Expression,
  Source,
  type SelectStatement,
  type JoinableRelation,
  type LayoutItem,
  type Order,
  type SelectItem,
} from '../../sql/index.ts'
import { isModelClass, ModelAlias, Projection, type Mapper } from '../mapping/index.ts'
import { hydrate, join, type Hydration } from '../loading/index.ts'
import type { InstanceState } from '../state/index.ts'
import { ArgumentError } from '../../errors/index.ts'
import type { Executed } from './execute.ts'
import { SelectQuery, type CoreSource } from './row-query.ts'
import type { SessionCore } from './session-core.ts'

/** Makes a value of a place in a row. */
type Reader = (row: readonly unknown[]) => unknown

/** A query for single values, or for records of values and objects: the run-time side of `SelectRows`. */
export class RecordQuery extends SelectQuery<unknown> {
  /** Names of the record's members; undefined for a query of single values. */
  readonly #names: readonly string[] | undefined

  constructor(core: CoreSource, names: readonly string[] | undefined, statement: SelectStatement) {
    super(core, statement)
    this.#names = names
  }

  from(source: unknown): RecordQuery {
    return this.withStatement(this.statement.from(sourceOf(source)))
  }
  join(relation: JoinableRelation, as?: ModelAlias): RecordQuery {
    return this.withStatement(this.statement.join(relation, as?.source))
  }
  leftJoin(relation: JoinableRelation, as: ModelAlias): RecordQuery {
    return this.withStatement(this.statement.leftJoin(relation, as.source))
  }
  where(...conditions: Expression<boolean>[]): RecordQuery {
    return this.withStatement(this.statement.where(...conditions))
  }
  groupBy(...by: Expression[]): RecordQuery {
    return this.withStatement(this.statement.groupBy(...by))
  }
  having(...conditions: Expression<boolean>[]): RecordQuery {
    return this.withStatement(this.statement.having(...conditions))
  }
  orderBy(...order: unknown[]): RecordQuery {
    return this.withStatement(this.statement.orderBy(...(order as Order[])))
  }
  limit(n: number): RecordQuery {
    return this.withStatement(this.statement.limit(n))
  }
  offset(n: number): RecordQuery {
    return this.withStatement(this.statement.offset(n))
  }
  distinct(): RecordQuery {
    return this.withStatement(this.statement.distinct())
  }

  protected override withStatement(statement: SelectStatement): RecordQuery {
    return new RecordQuery(this.core, this.#names, statement)
  }
  protected override get sent(): SelectStatement {
    return this.statement
  }
  protected override get label(): string {
    return this.#names === undefined ? 'a value' : this.#names.join(', ')
  }

  protected override rowsOf(core: SessionCore, { compiled, result, moment }: Executed): unknown[] {
    return readRecords(core.hydration('keep', moment), this.#names, compiled.layout, result.rows)
  }
}

/** Values, or records by name, of rows of a known layout. */
export function readRecords(
  hydration: Hydration,
  names: readonly string[] | undefined,
  layout: readonly LayoutItem[],
  rows: readonly (readonly unknown[])[],
): unknown[] {
  const readers = layout.map((item) => readerOf(hydration, item, rows.length))
  const [only] = readers
  if (names === undefined && only !== undefined) return rows.map(only)
  return rows.map((row) =>
    Object.fromEntries((names ?? []).map((name, i) => [name, readers[i]?.(row)])),
  )
}

/** `size` rows will be read. */
function readerOf(hydration: Hydration, item: LayoutItem, size: number): Reader {
  const { offset } = item
  if (item.kind === 'value')
    return item.decode === undefined ? (row) => row[offset] : (row) => item.decode?.(row[offset])
  const mapper = hydration.session.mapperOf(item.source.model)
  const projection = Projection.of(mapper, item.columns)
  const siblings = new Set<InstanceState>()
  return (row) => {
    const state = hydrate(hydration, mapper, row.slice(offset, offset + item.count), projection)
    if (state !== null) join(state, siblings, size)
    return state?.entity ?? null
  }
}

/** What a selection selects. @throws {ArgumentError} ARGUMENT for a member that is neither expression, model nor alias. */
export function selectItems(selection: Readonly<Record<string, unknown>>): SelectItem[] {
  return Object.entries(selection).map(([name, value]) => {
    if (value instanceof Expression) return { kind: 'value', expression: value }
    if (value instanceof ModelAlias || isModelClass(value))
      return { kind: 'entity', source: sourceOf(value) }
    throw new ArgumentError(
      `Cannot select "${name}": it is neither an expression nor a model. Write { ${name}: Post.c.title }, or { ${name}: Post }.`,
    )
  })
}

/** What the rows of an item have, where it is not all. */
export function projectionOf(mapper: Mapper, item: LayoutItem | undefined): Projection | undefined {
  return item?.kind === 'entity' ? Projection.of(mapper, item.columns) : undefined
}

function sourceOf(value: unknown): Source {
  if (value instanceof ModelAlias) return value.source
  if (isModelClass(value)) return Source.of(value)
  throw new ArgumentError(
    'Cannot select from a value that is neither a model nor an alias. Pass a class that extends Model(), alias(Model) or outer(Model).',
  )
}
