import type { Engine } from '../engine/index.ts'
import type {
  Page,
  PageSource,
  PaginateOptions,
  Registry,
  SessionContext,
  SessionOptions,
} from '../orm/index.ts'
import { paginate } from './pagination/index.ts'
import type { Scope } from './scope.ts'

/** Who holds a session's connections, as messages and the check for self-deadlock see it. */
type SessionHolder = SessionContext['holder']

/** Tells sessions in which transaction block their caller runs. */
export type Tasks = NonNullable<SessionContext['tasks']>

/** What surrounds a session of a scope. */
export class ScopeSessionContext implements SessionContext {
  readonly tasks: Tasks
  readonly holder: SessionHolder
  readonly options: SessionOptions
  readonly #scope: Scope

  constructor(scope: Scope, holder: SessionHolder, tasks: Tasks) {
    this.#scope = scope
    this.holder = holder
    this.tasks = tasks
    this.options = optionsOf(scope)
  }

  get registry(): Registry {
    return this.#scope.application.registry
  }

  get diagnostics(): boolean {
    return this.#scope.application.configuration.diagnostics
  }

  engine(key: string): Engine {
    return this.#scope.application.engine(key)
  }

  closedError(operation: string): Error {
    return this.#scope.closedError(operation)
  }

  paginate<T>(source: PageSource<T>, options: PaginateOptions): Promise<Page<T>> {
    return paginate(source, options, this.#scope.pageQuery)
  }
}

/** The scope's own options before the Database's. Writing ends where a streamed reply begins. */
function optionsOf(scope: Scope): SessionOptions {
  const { isolation } = scope.settings
  return {
    ...scope.application.configuration.session,
    ...(isolation === undefined ? {} : { isolation }),
    get readOnly() {
      return scope.isReadOnly
    },
  }
}
