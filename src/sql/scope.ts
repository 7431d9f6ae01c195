import { ArgumentError } from '../errors/index.ts'
import type { Table } from '../schema/index.ts'
import { rowsWithoutBranches, wholeRows, type JoinPath } from './catalog.ts'
import { PlacedRows, type Placement } from './placed-rows.ts'
import { rowFilterSql } from './row-filter.ts'
import { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'

/** A join that the developer asked for. */
export interface Join {
  readonly from: Source
  readonly relation: string
  readonly target: Source
  readonly left: boolean
}

/**
 * The FROM clause of one SELECT, UPDATE or DELETE while it is written: which sources have rows in it, under which names. Paths of to-one relations are
 * joined when they are first mentioned, each once.
 */
export class Scope implements Placement {
  readonly #writer: SqlWriter
  readonly #parent: Scope | undefined
  readonly #entries = new Map<Source, PlacedRows>()
  #joinable = true
  #from = ''
  #filter: string | undefined

  constructor(writer: SqlWriter, parent: Scope | undefined) {
    this.#writer = writer
    this.#parent = parent
  }

  /** Text after FROM; empty when nothing was added. */
  get from(): string {
    return this.#from
  }

  /** The condition on the table that the statement begins with, where only some of its rows are the model's. */
  get filter(): string | undefined {
    return this.#filter
  }

  /** UPDATE, DELETE and INSERT have no joins. */
  refuseJoins(): this {
    this.#joinable = false
    return this
  }

  /** The rows that the statement begins with. */
  addRoot(source: Source): PlacedRows {
    const entry = this.#enter(source, false)
    this.#from = entry.reference()
    this.#filter = this.#filterOf(entry)
    return entry
  }

  /** The table that new rows of `source` are put into: of the models that inherit from it none has a part of them. */
  addNew(source: Source): PlacedRows {
    const entry = new PlacedRows(rowsWithoutBranches(this.#writer.rowsOf(source.model)), this)
    this.#entries.set(source, entry)
    return entry
  }

  /** One of the tables that have a part of the rows of `source`: the one that the statement changes. */
  addPart(source: Source, table: Table): void {
    const rows = this.#writer.rowsOf(source.model)
    this.#entries.set(source, new PlacedRows(rows, this, { parts: [this.#writer.mention(table)] }))
  }

  /** A table without a source, as the beginning of FROM. */
  addTable(table: Table): PlacedRows {
    const entry = this.#place(table, false)
    this.#from = entry.reference()
    return entry
  }

  /** An INNER JOIN of a table without a source; `on` writes the condition. */
  joinTable(table: Table, on: (link: PlacedRows) => string): PlacedRows {
    const entry = this.#place(table, false)
    this.#from += ` inner join ${entry.reference()} on ${on(entry)}`
    return entry
  }

  /** Joins what the developer named. @throws {ArgumentError} ARGUMENT when the target is in the statement already. */
  join(join: Join): void {
    const { nameOf } = this.#writer
    const mention = `${nameOf(join.from.model)}.${join.relation}`
    const from = this.resolve(join.from, mention)
    if (this.#entries.has(join.target)) {
      const target = nameOf(join.target.model)
      throw new ArgumentError(
        `Cannot join ${mention}: the query has ${target} already. Join it under an alias: const other = alias(${target}), then .join(…, other).`,
      )
    }
    this.#join(from, join)
  }

  /** The entry of `source`, joined now if it is the end of a path. @throws {ArgumentError} ARGUMENT when it is not in the statement. */
  resolve(source: Source, mention: string): PlacedRows {
    const known = this.#find(source)
    if (known !== undefined) return known
    const holder = source.step === undefined ? undefined : this.#holderOf(source.root)
    if (holder === undefined) throw this.#missing(source, mention)
    return holder.#reach(source, mention)
  }

  #find(source: Source): PlacedRows | undefined {
    const parent = this.#parent
    return this.#entries.get(source) ?? (parent === undefined ? undefined : parent.#find(source))
  }

  #holderOf(root: Source): Scope | undefined {
    if (this.#entries.has(root)) return this
    const parent = this.#parent
    return parent === undefined ? undefined : parent.#holderOf(root)
  }

  #reach(source: Source, mention: string): PlacedRows {
    const known = this.#entries.get(source)
    if (known !== undefined || source.step === undefined)
      return known ?? this.resolve(source, mention)
    const { from, relation } = source.step
    const previous = this.#reach(from, mention)
    if (!this.#joinable) {
      throw new ArgumentError(
        `Cannot use ${mention} here: an UPDATE or DELETE has no joins. Ask through the relation: .where(….c.${relation}.has({ … })).`,
      )
    }
    return this.#join(previous, { from, relation, target: source, left: false })
  }

  #join(from: PlacedRows, join: Join): PlacedRows {
    const path = this.#writer.catalog.relation(join.from.model, join.relation)
    const outer = join.left || from.outer || (join.target.step !== undefined && path.optional)
    const word = outer ? ' left join ' : ' inner join '
    let near = from
    let { pairs } = path
    if (path.through !== undefined) {
      near = this.#place(path.through.table, outer)
      this.#from += `${word}${near.reference()} on ${this.on(from, near, path.through.ownerPairs)}`
      pairs = path.through.targetPairs
    }
    const entry = this.#enter(join.target, outer)
    const filter = this.#filterOf(entry)
    const condition = `${this.on(near, entry, pairs)}${filter === undefined ? '' : ` and ${filter}`}`
    this.#from += `${word}${entry.joined()} on ${condition}`
    return entry
  }

  /** `"post"."author_id" = "user"."id"`. */
  on(left: PlacedRows, right: PlacedRows, pairs: JoinPath['pairs']): string {
    return pairs
      .map(([owner, target]) => `${left.column(owner)} = ${right.column(target)}`)
      .join(' and ')
  }

  quote(identifier: string): string {
    return this.#writer.quote(identifier)
  }

  nameFor(table: Table): string {
    return this.quote(this.#writer.nameFor(table))
  }

  /** @throws {ArgumentError} ARGUMENT in a statement that has no joins. */
  joinBranch(branch: Table, rows: PlacedRows): void {
    if (!this.#joinable)
      throw new ArgumentError(
        `Cannot give whole rows of "${rows.table.name}" back here: a part of some of them is in "${branch.name}", and an UPDATE, DELETE or INSERT has no joins. Select them.`,
      )
    this.#from += rows.branch(this.#writer.mention(branch))
  }

  #enter(source: Source, outer: boolean): PlacedRows {
    const entry = new PlacedRows(this.#writer.rowsOf(source.model), this, { outer })
    this.#entries.set(source, entry)
    return entry
  }

  /** A table without a source. */
  #place(table: Table, outer: boolean): PlacedRows {
    return new PlacedRows(wholeRows(this.#writer.mention(table)), this, { outer })
  }

  #filterOf(entry: PlacedRows): string | undefined {
    const { filter } = entry.rows
    return filter === undefined
      ? undefined
      : rowFilterSql(this.#writer.dialect, filter, entry.nameOf(filter.column.table))
  }

  #missing(source: Source, mention: string): ArgumentError {
    const { nameOf } = this.#writer
    const model = nameOf(source.root.model)
    const present = [...this.#entries.keys()].map((each) => nameOf(each.model))
    const reads =
      present.length === 0
        ? 'reads from no table'
        : `reads from ${[...new Set(present)].join(', ')}`
    const what = source.root === Source.of(source.root.model) ? model : `this alias of ${model}`
    return new ArgumentError(
      `Cannot use ${mention} here: the query ${reads}, and not from ${what}. Join it through a relation that leads to ${model}, as in .join(Post.c.tags), or begin with it: .from(${model}).`,
    )
  }
}
