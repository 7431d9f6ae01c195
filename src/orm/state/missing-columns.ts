import type { Column } from '../../schema/index.ts'
import type { Mapper } from '../mapping/index.ts'
import type { InstanceState } from './instance-state.ts'

/** Whether one of these columns is not in memory. */
export function isLacking({ entity }: InstanceState, columns: readonly Column[]): boolean {
  return columns.some(({ property }) => !Object.hasOwn(entity, property))
}

/** Whether it has not got all columns that queries select. */
export function isIncomplete(state: InstanceState, mapper: Mapper): boolean {
  if (state.isHollow) return true
  return (
    state.isPartial &&
    isLacking(
      state,
      mapper.columns.filter((column) => !mapper.deferred.has(column)),
    )
  )
}
