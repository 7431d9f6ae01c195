import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** Listens until the test ends; gives the address. */
export async function serve(
  t: TestContext,
  listener: ((...args: Parameters<RequestListener>) => unknown) | Server,
): Promise<string> {
  const server =
    typeof listener === 'function'
      ? createServer((request, response) => void listener(request, response))
      : listener
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Ends a server as a program does that has no framework to do it: what is under way is answered, then the Database goes. */
export async function shutDown(server: Server, db: { dispose(): Promise<void> }): Promise<void> {
  await new Promise<unknown>((closed) => server.close(closed))
  await db.dispose()
}

/** Makes this process one whose application has another version of a package installed. */
export function install(t: TestContext, name: string, version: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'athanor-installed-'))
  const home = join(folder, 'node_modules', name)
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name, version, main: 'index.js' }))
  writeFileSync(join(home, 'index.js'), '')
  const [, main = ''] = process.argv
  process.argv[1] = join(folder, 'main.js')
  t.after(() => {
    process.argv[1] = main
    rmSync(folder, { recursive: true })
  })
}
