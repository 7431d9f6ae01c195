import type { BeginOptions } from '../../engine/index.ts'
import type { InstanceState } from '../state/index.ts'
import type { Work } from '../unit-of-work/index.ts'
import type { ConnectionPolicy } from './connections.ts'
import type { SessionContext } from './session-context.ts'

/** How the transactions of a session begin. */
export function policyOf(context: SessionContext, overrides: BeginOptions = {}): ConnectionPolicy {
  const { options } = context
  const begin = {
    isolation: overrides.isolation ?? options.isolation,
    readOnly: overrides.readOnly ?? options.readOnly,
  }
  return { holder: context.holder, begin, beginOnRead: options.begin === 'onFirstStatement' }
}

/** The rows are gone for good. */
export function detachAll(states: readonly InstanceState[]): void {
  for (const state of states) {
    state.phase = 'detached'
    state.session = null
  }
}

/** Says in an error's text which operation the flush was part of. */
export function noteTrigger(error: unknown, operation: string): void {
  if (error instanceof Error && !error.message.includes('(during '))
    error.message += ` (during ${operation})`
}

/** What was changed after the transaction had failed (spec/session.md 2.43). */
export function warnDiscarded({ pending, deleted, changed }: Work): void {
  const names = [...pending, ...changed, ...deleted].map((state) => state.label)
  if (names.length === 0) return
  process.emitWarning(
    `Changes made after the transaction had failed are discarded by its rollback: ${names.join(', ')}.`,
    { type: 'AthanorWarning', code: 'ATHANOR_DISCARDED' },
  )
}
