import { Socket } from 'node:net'

/** Where the server is and who logs in, with the defaults of the dialect filled in. */
export interface ServerLogin {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string | undefined
  readonly database: string | undefined
  /** A socket in the file system, in the place of host and port. */
  readonly socketPath: string | undefined
  readonly ssl: boolean | object | undefined
  /** Milliseconds; Infinity means no limit. */
  readonly connectTimeoutMs: number
}

const KEEP_ALIVE_MS = 10_000

/** A socket to the server that is ours, so that it can be ended at once. It has a listener for errors from the start, because one without any ends the process. */
export function openSocket({ host, port, socketPath }: ServerLogin): Socket {
  const socket = new Socket()
  if (socketPath === undefined) socket.connect({ host, port })
  else socket.connect(socketPath)
  socket.on('error', () => {}) // the driver's own listener tells
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
}
