import type { ConnectFault } from '../../engine/index.ts'
import { errnoOf, Errno, isTransient } from './error-numbers.ts'
import { stateOf, wordsOf } from './translate-error.ts'

const BY_NUMBER: ReadonlyMap<number, ConnectFault['kind']> = new Map([
  [Errno.accessDenied, 'login'],
  [Errno.databaseDenied, 'login'],
  [Errno.unknownPlugin, 'login'],
  [Errno.unknownDatabase, 'database'],
])

/** Why one attempt to open a connection failed, by what the driver or the server said. */
export function diagnose(error: unknown): ConnectFault {
  const errno = errnoOf(error)
  const refusal = errno === undefined ? undefined : BY_NUMBER.get(errno)
  return {
    kind: refusal ?? (isTransient(error) ? 'passing' : 'lasting'),
    sqlState: stateOf(error),
    ...(errno === undefined ? {} : { words: wordsOf(error) }),
  }
}
