import { ArgumentError } from '../errors/index.ts'
import type { Table } from '../schema/index.ts'
import { Assignments } from './assignments.ts'
import { asExpression } from './conditions.ts'
import type { Expression } from './expression.ts'
import type { Expr } from './expression-types.ts'
import { className, type Values } from './operand.ts'
import { renderReturning } from './returning.ts'
import { Scope } from './scope.ts'
import { NO_CLAUSES } from './select-clauses.ts'
import { renderMembers, renderWhere } from './select-renderer.ts'
import { collectItems, itemsKey, type SelectItem } from './selection.ts'
import { finishKey } from './shape-key.ts'
import type { Source } from './source.ts'
import type { SqlFeatures } from './sql-dialect.ts'
import type { SqlWriter } from './sql-writer.ts'
import type { Statement } from './statement.ts'

/** What an UPDATE or DELETE says. */
interface Criteria {
  readonly source: Source
  readonly conditions: readonly Expression[]
  /** It was said that all rows are meant. */
  readonly everyRow: boolean
  readonly returned: readonly SelectItem[] | undefined
}

/** What UPDATE and DELETE have in common: which rows they touch must be said, and what comes back can be. */
abstract class CriteriaStatement<Self> implements Statement {
  abstract readonly key: string
  readonly locking = false
  protected readonly criteria: Criteria

  protected constructor(criteria: Criteria) {
    this.criteria = criteria
  }

  protected abstract with(criteria: Criteria): Self
  protected abstract readonly verb: string
  /** Whether such a database gives the rows that it touched. */
  abstract isReturnedBy(supports: SqlFeatures): boolean
  abstract collect(into: Values): void

  /** Conditions, all of which must hold, those of earlier calls included. @throws {ArgumentError} ARGUMENT without any, since all rows would be touched. */
  where(...conditions: Expr<boolean>[]): Self {
    if (conditions.length === 0) throw this.#unbounded('where() names no condition')
    const added = conditions.map((each) => asExpression(each, 'where()'))
    return this.with({ ...this.criteria, conditions: [...this.criteria.conditions, ...added] })
  }

  /** Says that all rows are meant. */
  everyRow(): Self {
    return this.with({ ...this.criteria, everyRow: true })
  }

  /** What comes back of each touched row. */
  returning(items: readonly SelectItem[]): Self {
    return this.with({ ...this.criteria, returned: items })
  }

  /** Whether it was said which rows are meant. */
  get hasCriteria(): boolean {
    return this.criteria.everyRow || this.criteria.conditions.length > 0
  }

  get sources(): readonly Source[] {
    return [this.criteria.source]
  }

  get returnsRows(): boolean {
    return this.criteria.returned !== undefined
  }

  protected get tailKey(): string {
    const { conditions, returned } = this.criteria
    const where = conditions.map((condition) => `|W${condition.key}`).join('')
    return returned === undefined ? where : `${where}|R${itemsKey(returned)}`
  }

  protected collectTail(into: Values): void {
    for (const condition of this.criteria.conditions) condition.collect(into)
    if (this.criteria.returned !== undefined) collectItems(this.criteria.returned, into)
  }

  /** Which of the tables that have a part of the rows is changed. */
  protected abstract changedTable(writer: SqlWriter): Table

  /** Writes what stands before WHERE. */
  protected abstract renderHead(writer: SqlWriter, name: string): void

  render(writer: SqlWriter): void {
    if (!this.hasCriteria) throw this.#unbounded('nothing says which rows are meant')
    const { source, conditions, returned } = this.criteria
    const { tables } = writer.rowsOf(source.model)
    const table = this.changedTable(writer)
    const scope = new Scope(writer, undefined).refuseJoins()
    if (tables.length === 1) scope.addRoot(source)
    else scope.addPart(source, table)
    writer.changed = table
    writer.within(scope, () => {
      this.renderHead(writer, writer.qualified(table))
      if (tables.length === 1) renderWhere(writer, conditions)
      else this.#renderWherePart(writer, table)
      if (returned !== undefined)
        renderReturning(writer, returned, this.isReturnedBy(writer.dialect.supports))
    })
  }

  /** A part of rows that are spread over several tables is found by the keys of whole rows. */
  #renderWherePart(writer: SqlWriter, table: Table): void {
    const { source, conditions } = this.criteria
    const key = table.primaryKey.map(({ name }) => writer.quote(name)).join(', ')
    writer.write(` where ${table.primaryKey.length === 1 ? key : `(${key})`} in (`)
    renderMembers(writer, { ...NO_CLAUSES, items: [], from: source, conditions }, () => {
      const rows = writer.resolve(source, writer.nameOf(source.model))
      writer.write(rows.table.primaryKey.map((column) => rows.column(column)).join(', '))
      return []
    })
    writer.write(')')
  }

  #unbounded(reason: string): ArgumentError {
    const model = className(this.criteria.source.model)
    return new ArgumentError(
      `Cannot ${this.verb} rows of ${model}: ${reason}. Add .where(…), or call .everyRow() if all rows are meant.`,
    )
  }
}

/** A criteria UPDATE. Immutable. */
export class UpdateStatement extends CriteriaStatement<UpdateStatement> {
  protected readonly verb = 'update'
  readonly #assignments: Assignments | undefined

  private constructor(criteria: Criteria, assignments: Assignments | undefined) {
    super(criteria)
    this.#assignments = assignments
  }

  static of(source: Source): UpdateStatement {
    return new UpdateStatement(
      { source, conditions: [], everyRow: false, returned: undefined },
      undefined,
    )
  }

  isReturnedBy({ updateReturning }: SqlFeatures): boolean {
    return updateReturning
  }

  /** New values by property: constants or expressions. @throws {ArgumentError} ARGUMENT when one is undefined or there is none. */
  set(values: object): UpdateStatement {
    return new UpdateStatement(this.criteria, new Assignments(values, this.criteria.source.model))
  }

  get key(): string {
    return finishKey(
      `update ${this.criteria.source.key} ${this.#assignments?.key ?? ''}${this.tailKey}`,
    )
  }

  collect(into: Values): void {
    this.#assignments?.collect(into)
    this.collectTail(into)
  }

  protected changedTable(writer: SqlWriter): Table {
    return this.#given.tableIn(writer, this.criteria.source.model)
  }

  protected renderHead(writer: SqlWriter, name: string): void {
    writer.write(`update ${name} set `)
    this.#given.render(writer, this.criteria.source.model)
  }

  /** @throws {ArgumentError} ARGUMENT where no values are given. */
  get #given(): Assignments {
    if (this.#assignments !== undefined) return this.#assignments
    throw new ArgumentError(
      `Cannot update ${className(this.criteria.source.model)}: no values are given. Call .set({ … }).`,
    )
  }

  protected with(criteria: Criteria): UpdateStatement {
    return new UpdateStatement(criteria, this.#assignments)
  }
}

/** A criteria DELETE. Immutable. */
export class DeleteStatement extends CriteriaStatement<DeleteStatement> {
  protected readonly verb = 'delete'

  private constructor(criteria: Criteria) {
    super(criteria)
  }

  isReturnedBy({ deleteReturning }: SqlFeatures): boolean {
    return deleteReturning
  }

  static of(source: Source): DeleteStatement {
    return new DeleteStatement({ source, conditions: [], everyRow: false, returned: undefined })
  }

  get key(): string {
    return finishKey(`delete ${this.criteria.source.key}${this.tailKey}`)
  }

  collect(into: Values): void {
    this.collectTail(into)
  }

  /** The other parts of a row go with the one whose key they refer to. */
  protected changedTable(writer: SqlWriter): Table {
    return writer.rowsOf(this.criteria.source.model).tables[0]
  }

  protected renderHead(writer: SqlWriter, name: string): void {
    writer.write(`delete from ${name}`)
  }

  protected with(criteria: Criteria): DeleteStatement {
    return new DeleteStatement(criteria)
  }
}
