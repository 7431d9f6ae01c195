import { IllegalStateError } from '../../errors/index.ts'
import { changesOf, Collection, ownValue, type InstanceState } from '../state/index.ts'

/** What of an object is not written, so that two such lists tell whether it was changed between; null: nothing. */
type Mark = readonly unknown[] | null

/**
 * Sees whether listeners of single rows change anything but columns of the object that they hear of.
 *
 * Each object is looked at twice, however many listeners are called: what one of them does to an object that has its turn later is found at that turn.
 */
export class ChangeGuard {
  readonly #marks = new Map<InstanceState, Mark>()
  readonly #when: string

  /** `when` is told to whoever breaks the rule: `before`, `after`. */
  constructor(states: Iterable<InstanceState>, when: 'before' | 'after') {
    this.#when = when
    for (const state of states) this.#marks.set(state, markOf(state))
  }

  /** Runs what may change columns of `state`. @throws {IllegalStateError} ILLEGAL_STATE. */
  allow(state: InstanceState, listen: () => void): void {
    this.#check(state)
    const relations = relationMark(state)
    listen()
    if (differ(relations, relationMark(state))) throw this.#refusal(state, 'a relation of ')
    if (this.#marks.has(state)) this.#marks.set(state, markOf(state))
  }

  /** @throws {IllegalStateError} ILLEGAL_STATE for an object that was changed out of turn. */
  checkAll(): void {
    for (const state of this.#marks.keys()) this.#check(state)
  }

  #check(state: InstanceState): void {
    const mark = this.#marks.get(state)
    if (mark !== undefined && differ(mark, markOf(state))) throw this.#refusal(state, '')
  }

  #refusal(state: InstanceState, what: string): IllegalStateError {
    return new IllegalStateError(
      `Cannot flush: a listener ${this.#when} a row was written has changed ${what}${state.label}. It may change columns of the object that it hears of, and nothing else. Change other objects in a listener of the whole flush: session.on('beforeFlush', …).`,
      { info: { object: state.label } },
    )
  }
}

function markOf(state: InstanceState): Mark {
  const relations = relationMark(state)
  if (state.row === null) return [...columnValues(state), ...(relations ?? [])]
  const changed = changesOf(state)
  if (changed === null) return relations
  return [...changed, ...columnValues(state), ...(relations ?? [])]
}

function columnValues(state: InstanceState): unknown[] {
  return state.definition.properties.map((property) => ownValue(state.entity, property))
}

/** What relations wait to be written. */
function relationMark({ relations }: InstanceState): Mark {
  const mark = (relations ?? []).flatMap((slot, index) => {
    if (slot?.isChanged !== true) return []
    return slot instanceof Collection
      ? [index, slot.replacement, ...slot.added, ...slot.removed]
      : [index, slot.target]
  })
  return mark.length === 0 ? null : mark
}

function differ(a: Mark, b: Mark): boolean {
  if (a === null || b === null) return a !== b
  return a.length !== b.length || a.some((value, i) => !Object.is(value, b[i]))
}
