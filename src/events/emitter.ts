/** Hears of one event. What it returns is not awaited. */
export type Listener<Payload> = (payload: Payload) => unknown

/** Told of a listener that threw or rejected: what it heard of has happened already, so nobody else can be told. */
export type ListenerErrorReporter = (error: unknown, event: string) => void

/** An event's name and what its listeners get, for each event. */
export type EventOf<Events> = {
  readonly [K in keyof Events]: readonly [event: K, payload: Events[K]]
}[keyof Events]

/** The side of an emitter that tells: for code that must not add listeners. */
export interface EventSink<Events extends object> {
  has(event: keyof Events): boolean
  emit(...event: EventOf<Events>): void
}

/**
 * Tells listeners what has happened, in the order in which they were added.
 *
 * `Events` maps the name of an event to what its listeners get. A listener cannot stop the others, nor what it hears of.
 */
export class Emitter<Events extends object> implements EventSink<Events> {
  readonly #listeners = new Map<keyof Events, readonly Listener<never>[]>()
  readonly #reportError: ListenerErrorReporter

  constructor(reportError: ListenerErrorReporter) {
    this.#reportError = reportError
  }

  /** Adds a listener; disposing of the result removes it. Added twice, it is called twice. */
  on<K extends keyof Events>(event: K, listener: Listener<Events[K]>): Disposable {
    // a function of its own, so that removing one of two equal listeners removes the right one
    const added: Listener<Events[K]> = (payload) => listener(payload)
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), added])
    return { [Symbol.dispose]: () => this.#remove(event, added) }
  }

  /** Hot: once a statement and checkout. Whether anybody listens, so that a payload need not be made for nobody. */
  has(event: keyof Events): boolean {
    return this.#listeners.size !== 0 && this.#listeners.has(event)
  }

  /** Calls those who listen at this moment: a listener added or removed meanwhile counts from the next event on. */
  emit(...[event, payload]: EventOf<Events>): void {
    for (const listener of this.#listeners.get(event) ?? [])
      this.#call(event, listener as Listener<unknown>, payload)
  }

  #call(event: keyof Events, listener: Listener<unknown>, payload: unknown): void {
    const report = (error: unknown): void => this.#reportError(error, String(event))
    try {
      const result = listener(payload)
      if (result instanceof Promise) result.catch(report)
    } catch (error) {
      report(error)
    }
  }

  #remove(event: keyof Events, listener: Listener<never>): void {
    const left = (this.#listeners.get(event) ?? []).filter((each) => each !== listener)
    if (left.length === 0) this.#listeners.delete(event)
    else this.#listeners.set(event, left)
  }
}
