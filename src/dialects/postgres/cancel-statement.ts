import { once } from 'node:events'
import type { PgClient, PgConfig, PgLibrary } from './pg-library.ts'

/**
 * Asks the server, over a connection of its own, to end what `client` runs, and waits until the server has closed that connection: then the request was passed on. Rejects when it could not be
 * brought there.
 */
export async function cancelStatement(
  library: PgLibrary,
  config: PgConfig,
  { processID, secretKey }: PgClient,
): Promise<void> {
  if (processID === null || secretKey === null) return
  const { host, port, ssl, connectionTimeoutMillis } = config
  const connection = new library.Connection({ ssl })
  const failed = new Promise<never>((_, reject) => connection.on('error', reject))
  const ended = once(connection, 'end')
  connection.on('connect', () => {
    if (ssl === false) connection.cancel(processID, secretKey)
    else connection.requestSsl()
  })
  connection.on('sslconnect', () => connection.cancel(processID, secretKey))
  const deadline =
    connectionTimeoutMillis === 0
      ? undefined
      : setTimeout(
          () => connection.stream.destroy(new Error('timeout expired')),
          connectionTimeoutMillis,
        ).unref()
  try {
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`)
    else connection.connect(port, host)
    await Promise.race([ended, failed])
  } finally {
    clearTimeout(deadline)
    failed.catch(() => {}) // it was told, or came after the end
    connection.stream.destroy()
  }
}
