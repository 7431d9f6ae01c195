import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens where PORT and HOST say. SIGINT and SIGTERM let the requests under way end, then close the database. */
export async function serve(
  name: string,
  answer: (...call: Parameters<RequestListener>) => unknown,
  db: { dispose(): Promise<void> },
): Promise<void> {
  const { PORT = '3000', HOST = '127.0.0.1' } = process.env
  const server = createServer((request, response) => void answer(request, response))
  server.listen(Number(PORT), HOST)
  await once(server, 'listening')
  const { address, port } = server.address() as AddressInfo
  process.stdout.write(`${name} is at http://${address}:${port}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => server.close(() => void db.dispose()))
}
