import type { Socket } from 'node:net'
import { DisconnectedError } from '../../errors/index.ts'
import type { TransportEvents } from './transport.ts'

type Read = (...args: never[]) => unknown

/**
 * What a driver reads with, so that one that fails over an answer loses its connection and does not end the process. It is the driver's own method, because under TLS the bytes come by
 * a socket that the driver makes. A version that has no such method is left alone.
 */
export function shieldReader<R extends Read>(read: R, socket: Socket, events: TransportEvents): R {
  const shielded: Read = (...args) => {
    try {
      return read(...args)
    } catch (error) {
      events.lost(unreadable(error))
      socket.destroy(error instanceof Error ? error : undefined)
      return undefined
    }
  }
  return shielded as R
}

function unreadable(cause: unknown): DisconnectedError {
  return new DisconnectedError(
    'The driver failed while it read an answer of the server, so that nobody knows what the next one belongs to: the connection was given up.',
    { cause },
  )
}
