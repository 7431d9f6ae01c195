import type { Engine, StatementEvent } from 'athanor'

/** Records what an engine sends, so that tests can count and compare it. */
export class Sent {
  readonly events: StatementEvent[] = []

  constructor(engine: Engine) {
    engine.events.on('statement', (event) => this.events.push(event))
  }

  /** `['begin', 'insert', 'commit']`, and forgets them. */
  kinds(): string[] {
    return this.events.splice(0).map((event) => event.kind)
  }

  /** The texts, and forgets them. */
  texts(): string[] {
    return this.events.splice(0).map((event) => event.sql)
  }

  /** How many there were, and forgets them. */
  count(): number {
    return this.events.splice(0).length
  }

  clear(): void {
    this.events.length = 0
  }
}
