import { createServer } from 'node:net'

/**
 * Below the range from which systems take the ports of outgoing connections: while a server is down, a client that tries to reach it must neither get
 * its port nor, by chance, connect to itself.
 */
const FIRST_PORT = 20_000
const PORTS = 10_000
const ATTEMPTS = 50

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS)
    if (await isFree(port)) return port
  }
  throw new Error(`No free port among ${ATTEMPTS} of ${FIRST_PORT} to ${FIRST_PORT + PORTS}.`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
