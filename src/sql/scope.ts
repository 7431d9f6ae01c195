import { ArgumentError } from '../errors/index.ts'
import type { Column, Table } from '../schema/index.ts'
import type { JoinPath } from './catalog.ts'
import { rowFilterSql } from './row-filter.ts'
import { Source } from './source.ts'
import type { SqlWriter } from './sql-writer.ts'

/** Where rows of one source stand. */
export interface ScopeEntry {
  /** Its quoted name in the statement. */
  readonly name: string
  readonly table: Table
  /** Reached by LEFT JOIN: what is joined to it must be so too, else rows would be lost. */
  readonly outer: boolean
}

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
export class Scope {
  readonly #writer: SqlWriter
  readonly #parent: Scope | undefined
  readonly #entries = new Map<Source, ScopeEntry>()
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

  /** The table that the statement begins with. */
  addRoot(source: Source): ScopeEntry {
    const entry = this.#enter(source, false)
    this.#from = this.#reference(entry)
    this.#filter = this.#filterOf(source, entry)
    return entry
  }

  /** A table without a source, as the beginning of FROM; gives its quoted name. */
  addTable(table: Table): string {
    const entry = this.#entryOf(table, false)
    this.#from = this.#reference(entry)
    return entry.name
  }

  /** An INNER JOIN of a table without a source; `on` writes the condition. */
  joinTable(table: Table, on: (name: string) => string): string {
    const entry = this.#entryOf(table, false)
    this.#from += ` inner join ${this.#reference(entry)} on ${on(entry.name)}`
    return entry.name
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
  resolve(source: Source, mention: string): ScopeEntry {
    const known = this.#find(source)
    if (known !== undefined) return known
    const holder = source.step === undefined ? undefined : this.#holderOf(source.root)
    if (holder === undefined) throw this.#missing(source, mention)
    return holder.#reach(source, mention)
  }

  #find(source: Source): ScopeEntry | undefined {
    const parent = this.#parent
    return this.#entries.get(source) ?? (parent === undefined ? undefined : parent.#find(source))
  }

  #holderOf(root: Source): Scope | undefined {
    if (this.#entries.has(root)) return this
    const parent = this.#parent
    return parent === undefined ? undefined : parent.#holderOf(root)
  }

  #reach(source: Source, mention: string): ScopeEntry {
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

  #join(from: ScopeEntry, join: Join): ScopeEntry {
    const path = this.#writer.catalog.relation(join.from.model, join.relation)
    const outer = join.left || from.outer || (join.target.step !== undefined && path.optional)
    const word = outer ? ' left join ' : ' inner join '
    let { name } = from
    let { pairs } = path
    if (path.through !== undefined) {
      const link = this.#entryOf(path.through.table, outer)
      this.#from += `${word}${this.#reference(link)} on ${this.on(name, link.name, path.through.ownerPairs)}`
      ;({ name } = link)
      pairs = path.through.targetPairs
    }
    const entry = this.#enter(join.target, outer)
    const filter = this.#filterOf(join.target, entry)
    const condition = `${this.on(name, entry.name, pairs)}${filter === undefined ? '' : ` and ${filter}`}`
    this.#from += `${word}${this.#reference(entry)} on ${condition}`
    return entry
  }

  /** `"post"."author_id" = "user"."id"`. */
  on(left: string, right: string, pairs: JoinPath['pairs']): string {
    const name = (table: string, column: Column): string =>
      `${table}.${this.#writer.quote(column.name)}`
    return pairs
      .map(([owner, target]) => `${name(left, owner)} = ${name(right, target)}`)
      .join(' and ')
  }

  #enter(source: Source, outer: boolean): ScopeEntry {
    const entry = this.#entryOf(this.#writer.tableOf(source.model), outer)
    this.#entries.set(source, entry)
    return entry
  }

  #filterOf(source: Source, entry: ScopeEntry): string | undefined {
    const filter = this.#writer.catalog.filterOf(source.model)
    return filter === undefined ? undefined : rowFilterSql(this.#writer.dialect, filter, entry.name)
  }

  #entryOf(table: Table, outer: boolean): ScopeEntry {
    this.#writer.mention(table)
    return { name: this.#writer.quote(this.#writer.nameFor(table)), table, outer }
  }

  #reference({ name, table }: ScopeEntry): string {
    const own = this.#writer.quote(table.name)
    return name === own ? own : `${own} as ${name}`
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
