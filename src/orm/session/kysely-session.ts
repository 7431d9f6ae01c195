import {
  createKysely,
  type Kysely,
  type KyselyAnswer,
  type KyselyBridge,
  type KyselyCommand,
} from '../../sql/index.ts'
import type { Column } from '../../schema/index.ts'
import type { SessionCore } from './session-core.ts'

/** Kysely on a session: on its transaction, after its autoflush, with the models' converters. Reads are leased like the session's own. */
export function kyselyOf<DB>(core: SessionCore, engineKey: string): Kysely<DB> {
  const { dialect } = core.context.engine(engineKey)
  const tables = core.context.registry.metadatas.get(engineKey)?.tables
  const bridge: KyselyBridge = {
    dialect,
    columnOf: (table, column): Column | undefined =>
      tables?.get(table)?.columns.find(({ name }) => name === column),
    execute: (command) => send(core, engineKey, command),
    async *stream(command, chunkSize) {
      const { rows, ...answer } = await send(core, engineKey, command)
      for (let start = 0; start < rows.length; start += chunkSize)
        yield { ...answer, rows: rows.slice(start, start + chunkSize) }
    },
  }
  return createKysely<DB>(bridge)
}

function send(
  core: SessionCore,
  engineKey: string,
  { sql, parameters, intent }: KyselyCommand,
): Promise<KyselyAnswer> {
  return core.run('run a Kysely query', async () => {
    await core.autoflush()
    const command = { sql, parameters, isRaw: true }
    if (intent === 'raw') return core.statements.raw(engineKey, command)
    if (intent === 'read') return core.statements.read(engineKey, command)
    const answer = await core.statements.write(engineKey, (connection) =>
      connection.execute(command),
    )
    for (const state of core.identityMap) core.objects.markStale(state) // which rows it touched is not known
    return answer
  })
}
