import type { StatementEvent } from '../../engine/index.ts'
import type { Application } from '../application.ts'
import { Scope, scopeOf } from '../scope.ts'
import { QueryEntry } from './recorded-query.ts'

/** Whose statements are watched: all of the application that a Database uses here, or those of a scope and of the scopes inside it. */
export type Watched = Scope | { readonly application: Application }

/** Tells of every statement after its end, whether `recordQueries` is on or not, until the result is disposed of. */
export function watchStatements(target: Watched, heard: (query: QueryEntry) => void): Disposable {
  const { application } = target
  const hear = (event: StatementEvent): void => {
    if (target instanceof Scope && !isInside(scopeOf(event.holder, application), target)) return
    heard(new QueryEntry(event, event.parameters))
  }
  const watches = [
    application.noteCalls(),
    ...[...application.engines.values()].map(({ events }) => events.on('statement', hear)),
  ]
  return {
    [Symbol.dispose]() {
      for (const watch of watches) watch[Symbol.dispose]()
    },
  }
}

function isInside(scope: Scope | undefined, around: Scope): boolean {
  for (let each = scope; each !== undefined; each = each.parent) if (each === around) return true
  return false
}
