import { connect } from 'node:net'

const PROBE_TIMEOUT_MS = 1_000
const AUTHENTICATION = 0x52 // 'R'
const MYSQL_PROTOCOL = 10

/** Asks whether a PostgreSQL server lets clients in: a start-up packet is answered by a request to authenticate, not by "starting up". Rejects until it is. */
export function probePostgres(port: number): Promise<void> {
  const body = Buffer.from('user\0postgres\0database\0postgres\0\0')
  const packet = Buffer.alloc(8 + body.length)
  packet.writeInt32BE(packet.length, 0)
  packet.writeInt32BE(196_608, 4) // version 3.0 of the protocol
  body.copy(packet, 8)
  return probe(port, packet, (answer) => answer[0] === AUTHENTICATION)
}

/** Asks whether a MariaDB server greets clients. Rejects until it does. */
export function probeMariaDb(port: number): Promise<void> {
  return probe(port, undefined, (answer) => answer[4] === MYSQL_PROTOCOL)
}

function probe(
  port: number,
  greeting: Buffer | undefined,
  isReady: (answer: Buffer) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const end = (fault?: Error): void => {
      socket.destroy()
      if (fault === undefined) resolve()
      else reject(fault)
    }
    socket.setTimeout(PROBE_TIMEOUT_MS, () => end(new Error('no answer')))
    socket.once('error', end)
    socket.once('close', () => end(new Error('closed without an answer')))
    socket.once('connect', () => greeting !== undefined && socket.write(greeting))
    socket.once('data', (answer) =>
      end(isReady(answer) ? undefined : new Error(`answered ${printable(answer)}`)),
    )
  })
}

const printable = (answer: Buffer): string =>
  JSON.stringify(answer.toString('latin1').replaceAll(/[^ -~]+/g, ' '))
