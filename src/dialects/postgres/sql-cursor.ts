import type {
  Command,
  DriverConnection,
  DriverResult,
  Flight,
  FlightOutcome,
} from '../../engine/index.ts'

/** What a stream is read through. */
export type Flier = Required<Pick<DriverConnection, 'flight'>> &
  Pick<DriverConnection, 'inTransaction' | 'isOpen' | 'hasFailed'>

let cursors = 0

/** Rows of a query in chunks, through a cursor of the server, in a transaction of its own where none is open. One round trip a chunk. */
export async function* stream(
  connection: Flier,
  command: Command,
  chunkSize: number,
): AsyncGenerator<readonly unknown[][]> {
  const cursor = `"athanor_${(cursors += 1)}"`
  const isOwn = !connection.inTransaction
  const declare: Command = {
    ...command,
    sql: `declare ${cursor} no scroll cursor for ${command.sql}`,
    prepare: false,
  }
  const fetch = {
    ...utility(`fetch ${chunkSize} from ${cursor}`),
    isRaw: command.onColumns !== undefined,
  }
  const close = isOwn ? [] : [utility(`close ${cursor}`)]
  let commands = [declare, fetch]
  let prelude = isOwn ? [utility('begin')] : []
  let isDone = false
  try {
    for (;;) {
      const result = await fetched(connection, { prelude, commands, commit: false })
      if (commands.length > 1) command.onColumns?.(result)
      const { rows } = result
      isDone = rows.length < chunkSize
      if (isDone) await ended(connection, { prelude: [], commands: close, commit: isOwn })
      if (rows.length > 0) yield rows
      if (isDone) return
      commands = [fetch]
      prelude = []
    }
  } finally {
    if (!isDone) await abandon(connection, isOwn, close)
  }
}

async function fetched(connection: Flier, flight: Flight): Promise<DriverResult> {
  const { results } = await ended(connection, flight)
  return results.at(-1) ?? { rows: [], affectedRows: 0 }
}

async function ended(connection: Flier, flight: Flight): Promise<FlightOutcome> {
  const outcome = await connection.flight(flight)
  if (outcome.error !== undefined) throw outcome.error
  return outcome
}

/** The reader has left, or the server failed: then the transaction has only a ROLLBACK left, whoever's it is. */
async function abandon(
  connection: Flier,
  isOwn: boolean,
  close: readonly Command[],
): Promise<void> {
  if (!connection.isOpen || !connection.inTransaction) return
  if (isOwn)
    await ended(connection, { prelude: [], commands: [utility('rollback')], commit: false })
  else if (connection.hasFailed !== true)
    await ended(connection, { prelude: [], commands: close, commit: false })
}

function utility(sql: string): Command {
  return { sql, parameters: [], prepare: false }
}
