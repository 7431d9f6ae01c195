import { FlushError, type StaleDataError } from '../../errors/index.ts'
import type { Connection } from '../../engine/index.ts'
import { andThen, type MaybePromise } from '../../util/index.ts'
import type { Column, Table } from '../../schema/index.ts'
import { deleteInSql } from '../../sql/index.ts'
import type { Mapper } from '../mapping/index.ts'
import { ownValue, setColumn, type InstanceState } from '../state/index.ts'
import { batches } from './batches.ts'
import {
  batchSizes,
  changesIn,
  deleteCommand,
  insertCommand,
  insertionOf,
  isReadAfterInsert,
  isUnchanged,
  madeValues,
  readMadeCommand,
  referenced,
  updateCommand,
  type Change,
  type Insertion,
} from './flush-commands.ts'
import {
  expressionUpdate,
  hasExpressions,
  withComputed,
  type Compile,
} from './expression-update.ts'
import { affecting, FlushFlight, type FlushContext } from './flush-flight.ts'
import { LinkWriter, type UnlinkedRows } from './link-writer.ts'
import { staleRow, warnMissing, type StaleRow } from './stale-rows.ts'
import {
  versionOf,
  type FlushPlan,
  type FlushStep,
  type InsertRow,
  type LateValue,
  type LinkRow,
  type UpdateRow,
} from '../unit-of-work/index.ts'

/** One row as the database has it after the flush. */
export interface WrittenRow {
  readonly state: InstanceState
  readonly mapper: Mapper
  readonly kind: 'inserted' | 'updated'
  readonly row: readonly unknown[]
  /** Columns whose property the flush has to set: made by the database, counted, or taken from another row. */
  readonly generated: readonly number[]
}

/** What a flush has stored, apart from what its plan says. */
export interface Written {
  readonly rows: readonly WrittenRow[]
  /** Association rows that went with their owners: how many they were only the database knows. */
  readonly unlinked: readonly UnlinkedRows[]
  /** Pairs whose row was as wanted already. */
  readonly kept: ReadonlySet<LinkRow>
}

const ONE_ROW = affecting(1)

/** Sends the statements of a plan, in order: as one flight, but what needs a key that the database makes waits for the answer of those before it. */
export class FlushExecutor {
  readonly #flight: FlushFlight
  readonly #diagnostics: boolean
  readonly #compile: Compile
  readonly #written: WrittenRow[] = []
  /** Rows as this flush has written them, or is about to where nothing in them is made by the database. */
  readonly #rows = new Map<InstanceState, readonly unknown[]>()
  readonly #links: LinkWriter
  /** Keys that the database has made for new objects. */
  readonly #madeKeys: { readonly state: InstanceState; readonly property: string }[] = []

  constructor(context: FlushContext) {
    this.#flight = new FlushFlight(context)
    this.#links = new LinkWriter(this.#flight, this.#rows, context.tracksChanges)
    this.#diagnostics = context.diagnostics
    this.#compile = context.compile
  }

  /**
   * Sends everything; with `commit` COMMIT goes with the last flight where that is safe.
   *
   * @throws {StaleDataError} STALE_DATA; @throws {DatabaseError} of the database, with the objects of the statement; @throws {CommitOutcomeUnknownError} COMMIT_OUTCOME_UNKNOWN.
   */
  async execute(plan: FlushPlan, commit: boolean): Promise<Written> {
    try {
      for (const step of plan.steps) await this.#step(step)
      await this.#flight.send(commit)
    } catch (error) {
      this.#takeKeysBack()
      throw error
    }
    const { unlinked, kept } = this.#links
    return { rows: this.#written, unlinked, kept }
  }

  /** Rows that were inserted before the error go with it, and so do the keys that the database made for them. */
  #takeKeysBack(): void {
    for (const { state, property } of this.#madeKeys) state.properties[property] = undefined
  }

  /** Waits for answers that the rows of a step are made of. */
  #answers(areNeeded: boolean): MaybePromise<void> {
    return areNeeded ? this.#flight.send() : undefined
  }

  #step(step: FlushStep): Promise<void> {
    switch (step.kind) {
      case 'insert':
        return this.#insert(step.mapper, step.rows)
      case 'update':
        return this.#update(step.mapper, step.rows)
      case 'delete':
        return this.#delete(step.mapper, step.states)
      case 'link':
      case 'unlink':
      case 'unlinkAll':
        return this.#links.write(step)
      default:
        return step satisfies never
    }
  }

  /** Rows whose parts are in several tables are inserted into one after the other: the key stands in all. */
  async #insert(mapper: Mapper, rows: readonly InsertRow[]): Promise<void> {
    await this.#answers(rows.some(({ late }) => late.length > 0))
    for (const row of rows) this.#fillLate(mapper, row, row.values)
    const made: Column[] = []
    for (const [i, part] of mapper.parts.entries()) {
      await this.#answers(i > 0 && made.some(({ primaryKey }) => primaryKey))
      const insertion = insertionOf(mapper, part, rows)
      made.push(...insertion.made)
      const isWhole = i === mapper.parts.length - 1
      await this.#insertPart(insertion, rows, (row, stored) => {
        this.#takeMade(insertion, row, stored)
        if (isWhole) this.#inserted(mapper, row, made)
      })
    }
  }

  async #insertPart(
    insertion: Insertion,
    rows: readonly InsertRow[],
    accept: (row: InsertRow, stored: readonly unknown[]) => void,
  ): Promise<void> {
    const { mapper, given, made } = insertion
    if (isReadAfterInsert(insertion)) {
      for (const row of rows) await this.#insertAndRead(insertion, row, accept)
      return
    }
    const knowsKey =
      given.filter(({ primaryKey }) => primaryKey).length === mapper.keyColumns.length
    for (const batch of batches(rows, batchSizes(insertion))) {
      if (knowsKey) for (const { state, values } of batch) this.#rows.set(state, values)
      await this.#flight.add(mapper.engineKey, {
        command: insertCommand(insertion, batch),
        states: batch.map(({ state }) => state),
        accept: (result) => {
          const stored = madeValues(insertion, batch, result)
          for (const [i, row] of batch.entries()) accept(row, stored[i] ?? [])
        },
        planned: made.length === 0 ? affecting(batch.length) : undefined,
      })
    }
  }

  /** Where INSERT returns nothing, what the database made is read behind it: one statement more for each row. */
  async #insertAndRead(
    insertion: Insertion,
    row: InsertRow,
    accept: (row: InsertRow, stored: readonly unknown[]) => void,
  ): Promise<void> {
    const { mapper, made } = insertion
    const generatedKey = made.find((column) => column.autoIncrement)
    await this.#flight.add(mapper.engineKey, {
      command: insertCommand({ ...insertion, made: [] }, [row]),
      states: [row.state],
      accept: ({ lastInsertId }) => {
        if (generatedKey !== undefined) row.values[generatedKey.ordinal] = Number(lastInsertId)
      },
    })
    await this.#answers(generatedKey !== undefined)
    await this.#flight.add(mapper.engineKey, {
      command: readMadeCommand(insertion, row.values),
      states: [row.state],
      accept: ({ rows }) => accept(row, rows[0] ?? []),
    })
  }

  /** Takes over what the database made in one table: `stored` has it in the order of `made`. */
  #takeMade(
    { mapper, table, made }: Insertion,
    { state, values }: InsertRow,
    stored: readonly unknown[],
  ): void {
    for (const [i, column] of made.entries()) values[column.ordinal] = stored[i]
    for (const key of mapper.keyColumns) {
      if (values[key.ordinal] === null || values[key.ordinal] === undefined) {
        throw new FlushError(
          `Cannot flush ${state.label}: it has no primary key after the INSERT. Is ${table.name}.${key.name} generated by the database?`,
          { objects: [state.entity] },
        )
      }
      if (!made.includes(key)) continue
      setColumn(state, mapper, key.ordinal, values[key.ordinal]) // children of the same flush read it
      this.#madeKeys.push({ state, property: key.property })
    }
  }

  #inserted(mapper: Mapper, row: InsertRow, made: readonly Column[]): void {
    const { state, values, late } = row
    const generated = referenced(mapper, row)
    for (const { ordinal } of made) generated.push(ordinal)
    for (const { ordinal } of late) generated.push(ordinal)
    if (mapper.versionColumn !== undefined) generated.push(mapper.versionColumn.ordinal)
    this.#rows.set(state, values)
    this.#written.push({ state, mapper, kind: 'inserted', row: values, generated })
  }

  async #update(mapper: Mapper, rows: readonly UpdateRow[]): Promise<void> {
    if (rows.every(isUnchanged)) {
      await this.#flight.send()
      for (const row of rows) this.#updated(mapper, row, [], [])
      return
    }
    await this.#answers(
      rows.some(({ late, state }) => late.length > 0 || this.#flight.isUnanswered(state)),
    )
    const [first] = rows
    const changes = first === undefined ? [] : changesIn(mapper, first)
    const made = changes.flatMap((change) => change.made)
    for (const row of rows) {
      this.#fillLate(mapper, row, row.values)
      const stored: unknown[] = []
      const own = hasExpressions(row) ? changes.map((change) => withComputed(change, row)) : changes
      const read = own === changes ? made : own.flatMap((change) => change.made)
      for (const change of own) {
        const full = this.#updatePart(change, row, (values) => {
          for (let i = 0; i < change.made.length; i += 1) stored.push(values[i])
          if (change === own.at(-1)) this.#updated(mapper, row, read, stored)
        })
        if (full !== undefined) await full
      }
    }
  }

  /** `accept` is given what the database computed, in the order of `made`. Hot: once a row. */
  #updatePart(
    change: Change,
    row: UpdateRow,
    accept: (stored: readonly unknown[]) => void,
  ): MaybePromise<void> {
    const { mapper, made } = change
    const written = row.replaces ?? row.state
    const isReturned = made.length === 0 || mapper.dialect.supports.updateReturning
    const full = this.#flight.add(mapper.engineKey, {
      command: change.isComputed
        ? expressionUpdate(change, row, this.#rowOf(written), this.#compile)
        : updateCommand(change, row, this.#rowOf(written)),
      states: [row.state],
      accept: isReturned ? ({ rows }) => accept(rows[0] ?? []) : () => {},
      planned: made.length === 0 ? ONE_ROW : undefined,
      stale: (matched, connection) =>
        this.#stale(
          { verb: 'update', mapper, state: written, version: row.version, matched },
          connection,
        ),
    })
    if (isReturned) return full
    return andThen(full, () =>
      this.#flight.add(mapper.engineKey, {
        command: readMadeCommand(change, this.#rowOf(written)),
        states: [row.state],
        accept: ({ rows }) => accept(rows[0] ?? []),
      }),
    )
  }

  /** `stored` has what the database made, in the order of `made`. */
  #updated(
    mapper: Mapper,
    { state, replaces, ordinals, values, version, generated }: UpdateRow,
    made: readonly Column[],
    stored: readonly unknown[],
  ): void {
    const row = [...this.#rowOf(replaces ?? state)]
    const changed = [...generated]
    for (let i = 0; i < ordinals.length; i += 1) row[ordinals[i] ?? 0] = values[i]
    for (const [i, { ordinal }] of made.entries()) {
      row[ordinal] = stored[i]
      changed.push(ordinal)
    }
    const counted = version === undefined ? undefined : mapper.versionColumn?.ordinal
    if (counted !== undefined && version !== undefined) {
      row[counted] = version + 1
      changed.push(counted)
    }
    this.#rows.set(state, row)
    this.#written.push({
      state,
      mapper,
      kind: replaces === undefined ? 'updated' : 'inserted',
      row,
      generated: changed,
    })
  }

  async #delete(mapper: Mapper, states: readonly InstanceState[]): Promise<void> {
    await this.#answers(states.some((state) => this.#flight.isUnanswered(state)))
    for (const { table } of mapper.parts.toReversed())
      if (mapper.versionColumn?.table === table)
        for (const state of states) await this.#deleteVersion(mapper, table, state)
      else await this.#deleteFrom(mapper, table, states)
  }

  async #deleteFrom(mapper: Mapper, table: Table, states: readonly InstanceState[]): Promise<void> {
    const statement = mapper.compiled(`delete in ${table.name}`, () =>
      deleteInSql(mapper.dialect, table, table.primaryKey),
    )
    const keys = states.map((state) =>
      mapper.keyColumns.map((column) => state.row?.[column.ordinal]),
    )
    await this.#flight.add(mapper.engineKey, {
      command: statement.command(keys),
      states,
      accept: ({ affectedRows }) => {
        if (affectedRows < states.length) warnMissing(table, states.length, affectedRows)
      },
      planned: affecting(states.length),
    })
  }

  #deleteVersion(mapper: Mapper, table: Table, state: InstanceState): MaybePromise<void> {
    const version = versionOf(state, mapper)
    return this.#flight.add(mapper.engineKey, {
      command: { ...deleteCommand(mapper, table, state), expectedRows: 1 },
      states: [state],
      accept: () => {},
      planned: ONE_ROW,
      stale: (matched, connection) =>
        this.#stale({ verb: 'delete', mapper, state, version, matched }, connection),
    })
  }

  /** In development the row is read again, to tell what became of it; not where the transaction cannot read any more. */
  #stale(row: StaleRow, connection: Connection): Promise<StaleDataError> {
    return staleRow(row, this.#diagnostics && !connection.hasFailed ? connection : undefined)
  }

  /** Puts in what rows inserted before have given. */
  #fillLate(
    mapper: Mapper,
    row: { readonly late: readonly LateValue[]; readonly ordinals?: readonly number[] },
    values: unknown[],
  ): void {
    for (const { ordinal, parent, property } of row.late) {
      const place = row.ordinals === undefined ? ordinal : row.ordinals.indexOf(ordinal)
      values[place] = mapper.converters[ordinal]?.bind(ownValue(parent.entity, property))
    }
  }

  #rowOf(state: InstanceState): readonly unknown[] {
    return this.#rows.get(state) ?? state.row ?? []
  }
}
