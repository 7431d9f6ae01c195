import type { Engine, StatementEvent } from 'athanor'

/** Records what an engine sends, so that tests can count and compare it: in one spelling, whatever the database's own. */
export class Sent {
  readonly events: StatementEvent[] = []

  constructor(engine: Engine) {
    engine.events.on('statement', (event) => {
      if (!IN_FRONT_OF_BEGIN.test(event.sql)) this.events.push({ ...event, sql: plain(event.sql) })
    })
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

/** What other databases say in BEGIN itself. */
const IN_FRONT_OF_BEGIN = /^set transaction isolation level/

/** With `?` for bound values and quotes around names, as SQLite has them. */
function plain(sql: string): string {
  return sql.replaceAll(/\$\d+/g, '?').replaceAll('`', '"')
}
