import type { Adapter } from './adapter.ts'
import { clients } from './clients.ts'
import { load } from './load.ts'
import { outcomes } from './outcomes.ts'
import { endings } from './endings.ts'
import { scopes } from './scopes.ts'
import { sockets } from './sockets.ts'
import { streams } from './streams.ts'

/** What every adapter must do. Each adapter runs it in a process of its own: frameworks change globals. */
export function contract(adapter: Adapter): void {
  outcomes(adapter)
  clients(adapter)
  streams(adapter)
  scopes(adapter)
  sockets(adapter)
  endings(adapter)
  load(adapter)
}
