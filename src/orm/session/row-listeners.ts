import { ArgumentError } from '../../errors/index.ts'
import { definitionOf, type AnyEntity, type ClassOf } from '../mapping/index.ts'

const ROW_EVENTS = [
  'beforeInsert',
  'beforeUpdate',
  'beforeDelete',
  'afterInsert',
  'afterUpdate',
  'afterDelete',
] as const

/** What happens to the row of one object in a flush. */
export type RowEvent = (typeof ROW_EVENTS)[number]

/**
 * Hears of one object. It may change columns of that object and nothing else, and is not awaited: a promise is an error. What it throws aborts the flush.
 * @since 0.2
 */
export type RowListener<E = AnyEntity> = (entity: E) => void

interface Registration {
  readonly event: RowEvent
  readonly model: Function
  readonly listener: RowListener<never>
}

/** Listeners to rows of models: of a Database, or of one session after those of its Database. */
export class RowListeners {
  readonly #outer: RowListeners | undefined
  #registered: readonly Registration[] = []

  constructor(outer?: RowListeners) {
    this.#outer = outer
  }

  /**
   * Adds a listener to rows of a model, of those that inherit from it, and of those that extend it as an abstract base; disposing of the result removes it.
   *
   * @throws {MappingError} MAPPING for a class that is no model; @throws {ArgumentError} ARGUMENT for a listener that is no function.
   */
  on<E extends AnyEntity>(
    event: RowEvent,
    model: ClassOf<E>,
    listener: RowListener<E>,
  ): Disposable {
    definitionOf(model)
    if (typeof listener !== 'function')
      throw new ArgumentError(
        `Cannot listen to "${event}" of a model by ${listener === null ? 'null' : `a ${typeof listener}`}. Pass a function: on('${event}', Post, (post) => { … }).`,
      )
    const added: Registration = { event, model: model as unknown as Function, listener }
    this.#registered = [...this.#registered, added]
    return {
      [Symbol.dispose]: () => {
        this.#registered = this.#registered.filter((each) => each !== added)
      },
    }
  }

  /** Whether anybody hears of one of these events. */
  has(events: ReadonlySet<RowEvent>): boolean {
    return (
      this.#registered.some(({ event }) => events.has(event)) || this.#outer?.has(events) === true
    )
  }

  /** Those that hear of this object: the Database's first, each in the order of registration. */
  of(event: RowEvent, entity: object): readonly RowListener<object>[] {
    const own = this.#registered
      .filter((each) => each.event === event && entity instanceof each.model)
      .map(({ listener }) => listener as RowListener<object>)
    return [...(this.#outer?.of(event, entity) ?? []), ...own]
  }
}

/** Whether an event is one of rows, which is listened to by model. */
export function isRowEvent(event: string): event is RowEvent {
  return (ROW_EVENTS as readonly string[]).includes(event)
}
