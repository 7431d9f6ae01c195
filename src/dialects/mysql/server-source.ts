import {
  PooledSource,
  type ConnectionSource,
  type DriverConnection,
  type Intent,
} from '../../engine/index.ts'
import type { Holder } from '../../pool/index.ts'
import type { MaybePromise } from '../../util/index.ts'
import { ServerConnection } from './server-connection.ts'

/** The pool of a server, which tells each connection whether what it is taken for must not write. */
export class ServerSource extends PooledSource implements ConnectionSource {
  override acquire(intent: Intent, holder: Holder): MaybePromise<DriverConnection> {
    const connection = super.acquire(intent, holder)
    return connection instanceof Promise
      ? connection.then((own) => guard(own, intent))
      : guard(connection, intent)
  }
}

function guard(connection: DriverConnection, intent: Intent): DriverConnection {
  if (connection instanceof ServerConnection) connection.onlyReads = intent === 'guardedRead'
  return connection
}
