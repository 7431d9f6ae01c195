import type { DriverResult } from '../../engine/index.ts'
import type { Column } from '../../schema/index.ts'
import { deleteInSql, deleteSql, insertSql, keepExistingSql } from '../../sql/index.ts'
import type { Mapper } from '../mapping/index.ts'
import type { InstanceState } from '../state/index.ts'
import type { FlushStep, LinkRow } from '../unit-of-work/index.ts'
import { batches, fitting } from './batches.ts'
import { affecting, type FlushFlight } from './flush-flight.ts'
import { staleLink } from './stale-rows.ts'

type StepOf<K extends FlushStep['kind']> = Extract<FlushStep, { kind: K }>

/** How many rows of an association table have gone with their owners. */
export interface UnlinkedRows {
  readonly engineKey: string
  readonly table: string
  readonly rowCount: number
}

/** Adds the statements of association tables to a flush: their rows are keys of two objects. */
export class LinkWriter {
  readonly unlinked: UnlinkedRows[] = []
  /** Pairs whose row was as wanted already. */
  readonly kept: Set<LinkRow> = new Set()
  readonly #flight: FlushFlight
  /** Rows as the flush has written them. */
  readonly #rows: ReadonlyMap<InstanceState, readonly unknown[]>
  readonly #tracksChanges: boolean

  constructor(
    flight: FlushFlight,
    rows: ReadonlyMap<InstanceState, readonly unknown[]>,
    tracksChanges: boolean,
  ) {
    this.#flight = flight
    this.#rows = rows
    this.#tracksChanges = tracksChanges
  }

  write(step: StepOf<'link' | 'unlink' | 'unlinkAll'>): Promise<void> {
    switch (step.kind) {
      case 'link':
        return this.#link(step)
      case 'unlink':
        return this.#unlink(step)
      case 'unlinkAll':
        return this.#unlinkAll(step)
      default:
        return step satisfies never
    }
  }

  async #link({ engineKey, association, rows: links }: StepOf<'link'>): Promise<void> {
    await this.#answersOf(statesOf(links))
    const { table, mapper, ownerColumns, targetColumns } = association
    const defaults =
      mapper === undefined
        ? []
        : mapper.columns.filter(
            (column) =>
              !ownerColumns.includes(column) &&
              !targetColumns.includes(column) &&
              isGiven(mapper, column),
          )
    const columns = [...ownerColumns, ...targetColumns, ...defaults]
    const dialect = dialectOf(links)
    const pair = { table, target: [...ownerColumns, ...targetColumns], given: columns }
    const tail = links[0]?.isKnown === true ? '' : keepExistingSql(dialect, pair)
    const sizes = fitting(columns.length, dialect.supports.maxParameters)
    for (const batch of batches(links, tail !== '' && this.#tracksChanges ? [1] : sizes)) {
      const sql = insertSql(dialect, table, { columns, rowCount: batch.length }) + tail
      const parameters = batch.flatMap(({ owner, target }) => [
        ...this.#keyOf(owner),
        ...this.#keyOf(target),
        ...defaults.map((column) => defaultOf(mapper, column)),
      ])
      await this.#flight.add(engineKey, {
        command: { sql, parameters },
        states: statesOf(batch),
        accept: (result) => this.#noteKept(batch, result),
        planned: affecting(batch.length),
      })
    }
  }

  /** Which pair of several it was is told only where somebody wants to hear of changes: they are sent one by one then. */
  #noteKept(links: readonly LinkRow[], { affectedRows }: DriverResult): void {
    if (affectedRows === 0) for (const link of links) this.kept.add(link)
  }

  async #unlink({ engineKey, association, rows: links }: StepOf<'unlink'>): Promise<void> {
    await this.#answersOf(statesOf(links))
    const { table, ownerColumns, targetColumns } = association
    const sql = deleteSql(dialectOf(links), table, [...ownerColumns, ...targetColumns])
    for (const link of links) {
      const { owner, target } = link
      await this.#flight.add(engineKey, {
        command: {
          sql,
          parameters: [...this.#keyOf(owner), ...this.#keyOf(target)],
          ...(link.isKnown ? { expectedRows: 1 } : {}),
        },
        states: [owner, target],
        accept: (result) => this.#noteKept([link], result),
        planned: affecting(1),
        stale: (matched) => Promise.resolve(staleLink(table.name, link, matched)),
      })
    }
  }

  async #unlinkAll({ relationship, owners }: StepOf<'unlinkAll'>): Promise<void> {
    const { through, owner: mapper } = relationship
    if (through === undefined) return
    await this.#answersOf(owners)
    const statement = mapper.compiled(`unlink ${relationship.name}`, () =>
      deleteInSql(mapper.dialect, through.table, through.ownerColumns),
    )
    const keys = owners.map((owner) => this.#keyOf(owner))
    await this.#flight.add(mapper.engineKey, {
      command: statement.command(keys),
      states: owners,
      accept: ({ affectedRows: rowCount }) =>
        this.unlinked.push({
          engineKey: mapper.engineKey,
          table: through.table.name,
          rowCount,
        }),
      planned: affecting(0),
    })
  }

  /** Waits until the keys of these objects are known. */
  async #answersOf(states: readonly InstanceState[]): Promise<void> {
    const isOpen = (state: InstanceState): boolean =>
      this.#flight.isUnanswered(state) && !this.#rows.has(state)
    if (states.some(isOpen)) await this.#flight.send()
  }

  /** Stored forms of the primary key. */
  #keyOf(state: InstanceState): unknown[] {
    const row = this.#rows.get(state) ?? state.row ?? []
    return state.definition.keyProperties.map((_, i) => row[i])
  }
}

/** Whether a row needs a value there though nobody has said one. */
function isGiven(mapper: Mapper, column: Column): boolean {
  const { hasDefault, discriminator } = mapper.factsOf(column)
  return hasDefault || discriminator
}

function defaultOf(mapper: Mapper | undefined, column: Column): unknown {
  if (mapper === undefined) return undefined
  const { default: value, discriminator } = mapper.factsOf(column)
  if (discriminator) return mapper.discriminatorOf(column)
  return mapper.converters[column.ordinal]?.bind(
    typeof value === 'function' ? (value as () => unknown)() : value,
  )
}

function dialectOf(links: readonly LinkRow[]): Mapper['dialect'] {
  const dialect = links[0]?.owner.mapper?.dialect
  if (dialect === undefined) throw new TypeError('an association row has no mapped owner')
  return dialect
}

function statesOf(links: readonly LinkRow[]): InstanceState[] {
  return links.flatMap(({ owner, target }) => [owner, target])
}
