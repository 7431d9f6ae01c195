import type { ColumnType } from '../schema/index.ts'
import type { Binder } from './binder.ts'
import { BoundList } from './bound-value.ts'
import { Precedence, type Operand } from './operand.ts'
import type { SqlDialect } from './sql-dialect.ts'
import type { SqlWriter } from './sql-writer.ts'

const BYTES = new Uint8Array()

/** Whether `dialect` takes lists of values of `type` as one value: not if a member may be bytes, which have no place in it, or must be converted to compare. */
export function bindsLists(dialect: SqlDialect, type: ColumnType | undefined): boolean {
  if (dialect.inList === undefined || dialect.encodeList === undefined) return false
  return (
    type === undefined || (!type.accepts(BYTES) && dialect.codec(type).comparable === undefined)
  )
}

/** The number of places for a list of `length` members where it is expanded: a power of two, so that there are few texts. */
export function placesFor(length: number): number {
  return length === 0 ? 0 : 2 ** Math.ceil(Math.log2(length))
}

/** Adds to `key` the sizes of the lists that `dialect` has to expand: they are in the text then. */
export function keyWithListSizes(
  key: string,
  values: readonly unknown[],
  dialect: SqlDialect,
): string {
  let sized = key
  for (const value of values) {
    if (value instanceof BoundList && isExpanded(value, dialect))
      sized += `#${placesFor(value.members.length)}`
  }
  return sized
}

function isExpanded(list: BoundList, dialect: SqlDialect): boolean {
  return list.hasBytes || !bindsLists(dialect, list.type)
}

/** Writes `left IN list`: one bound value where the dialect has a spelling for it, else a placeholder for each member, the last one repeated. */
export function renderInList(writer: SqlWriter, left: Operand, list: BoundList): void {
  const expression = writer.comparable(
    writer.capture(() => writer.operand(left, Precedence.sum)),
    left.type,
  )
  const bind = list.binder(writer)
  const slot = writer.claim()
  const { dialect } = writer
  if (!writer.expandsLists && !isExpanded(list, dialect) && dialect.inList !== undefined) {
    writer.write(
      dialect.inList(expression, writer.placeholder(slot, wholeListBinder(dialect, bind))),
    )
    return
  }
  const places = placesFor(list.members.length)
  if (places === 0) {
    writer.write('1 = 0')
    return
  }
  const placeholders = Array.from({ length: places }, (_, place) =>
    writer.comparable(
      writer.exact(writer.placeholder(slot, memberBinder(place, bind)), list.type),
      list.type,
    ),
  )
  writer.write(`${expression} in (${placeholders.join(', ')})`)
}

/** Binder of one place of an expanded list: the last member fills the places that are left over. */
export function memberBinder(place: number, bind: Binder): Binder {
  return (list) => {
    const { members } = list as BoundList
    return bind(members[Math.min(place, members.length - 1)])
  }
}

function wholeListBinder(dialect: SqlDialect, bind: Binder): Binder {
  return (list) => dialect.encodeList?.((list as BoundList).members.map(bind))
}
