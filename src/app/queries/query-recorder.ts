import type { Engine, StatementEvent } from '../../engine/index.ts'
import type { Application } from '../application.ts'
import { scopeOf, type Scope } from '../scope.ts'
import { QueryLog } from './query-log.ts'
import { QueryEntry, type BoundValues } from './recorded-query.ts'
import type { RecordingOptions } from './recording-options.ts'
import { RepeatedStatements } from './repeated-statements.ts'

/** What is kept for one scope. */
interface ScopeRecord {
  readonly log: QueryLog
  readonly repeated: RepeatedStatements
}

/** Records the statements of an application's scopes, each in the list of its own scope. Made only where `recordQueries` asks for it. */
export class QueryRecorder {
  readonly #application: Application
  readonly #options: RecordingOptions
  /** Lives and dies with the scopes. */
  readonly #records = new WeakMap<Scope, ScopeRecord>()

  constructor(application: Application, options: RecordingOptions) {
    this.#application = application
    this.#options = options
  }

  /** Records what is sent on an engine. */
  listen(engine: Engine): void {
    engine.events.on('statement', (event) => this.#record(event))
  }

  queriesOf(scope: Scope): readonly QueryEntry[] {
    return this.#records.get(scope)?.log.queries ?? []
  }

  forget(scope: Scope): void {
    this.#records.delete(scope)
  }

  #record(event: StatementEvent): void {
    const { transactions, includeNested } = this.#options
    const own = scopeOf(event.holder, this.#application)
    if (own === undefined) return
    const parameters = this.#redacted(event)
    const entry = new QueryEntry(event, parameters)
    if (entry.isBoundary && !transactions) return
    const { log, repeated } = this.#recordOf(own)
    log.add(entry)
    if (event.parameters.length > 0) repeated.count(entry, this.#application.reporter)
    if (!includeNested) return
    for (let around = own.parent; around !== undefined; around = around.parent)
      if (around.application === this.#application)
        this.#recordOf(around).log.add(new QueryEntry(event, parameters))
  }

  /** What `redact` throws, or gives instead of a list, costs the values, not the entry. */
  #redacted({ parameters, sql, engineKey }: StatementEvent): BoundValues {
    const { redact } = this.#options
    if (redact === undefined) return parameters
    try {
      const kept: unknown = redact(parameters, { statement: sql, engine: engineKey })
      if (!Array.isArray(kept)) throw new TypeError('it gave no list of values')
      return kept
    } catch (error) {
      this.#application.reporter.error(
        'ATHANOR_LISTENER',
        'The function "redact" of recordQueries failed; the values were left out.',
        error,
      )
      return []
    }
  }

  #recordOf(scope: Scope): ScopeRecord {
    let record = this.#records.get(scope)
    if (record === undefined) {
      const { limit, repeats } = this.#options
      record = {
        log: new QueryLog(limit),
        repeated: new RepeatedStatements(scope, repeats),
      }
      this.#records.set(scope, record)
    }
    return record
  }
}
