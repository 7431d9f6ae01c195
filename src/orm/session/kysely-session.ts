import { BindError } from '../../errors/index.ts'
import {
  createKysely,
  mentionedTables,
  type Kysely,
  type KyselyAnswer,
  type KyselyBridge,
  type KyselyCommand,
} from '../../sql/index.ts'
import type { Column, MetaData } from '../../schema/index.ts'
import { noteRaw } from './bulk-changes.ts'
import type { SessionCore } from './session-core.ts'

/**
 * Kysely on a session: on its transactions, after its autoflush, with the models' converters. Reads are leased like the session's own. A query goes to the engine whose tables it
 * mentions, and to the default engine where it mentions none that is known.
 */
export function kyselyOf<DB>(core: SessionCore): Kysely<DB> {
  const metadatas = metadatasOf(core)
  const bridges = new Map<string, KyselyBridge>()
  const bridgeTo = (engineKey: string): KyselyBridge => {
    const bridge = bridges.get(engineKey) ?? bridgeOf(core, engineKey)
    bridges.set(engineKey, bridge)
    return bridge
  }
  const main = bridgeTo(metadatas.has('default') ? 'default' : (firstKey(metadatas) ?? 'default'))
  return createKysely<DB>(main, (query) =>
    bridgeTo(engineOf(mentionedTables(query), metadatas) ?? 'default'),
  )
}

/** The tables as all scopes know them: those that were reflected are the same in every schema. */
function metadatasOf({ context }: SessionCore): ReadonlyMap<string, MetaData> {
  return context.metadatas ?? context.registry.metadatas
}

function firstKey(metadatas: ReadonlyMap<string, MetaData>): string | undefined {
  const [key] = metadatas.keys()
  return key
}

function bridgeOf(core: SessionCore, engineKey: string): KyselyBridge {
  const { dialect } = core.context.engine(engineKey)
  const tables = metadatasOf(core).get(engineKey)?.tables
  return {
    dialect,
    schema: core.context.registry.metadatas.get(engineKey)?.schema,
    columnOf: (table, column): Column | undefined =>
      tables?.get(table)?.columns.find(({ name }) => name === column),
    execute: (command) => send(core, engineKey, command),
    async *stream(command, chunkSize) {
      const { rows, ...answer } = await send(core, engineKey, command)
      for (let start = 0; start < rows.length; start += chunkSize)
        yield { ...answer, rows: rows.slice(start, start + chunkSize) }
    },
  }
}

/** The engine that has all of these tables; the default one where it has them too. undefined where no table is known. @throws {BindError} CROSS_ENGINE_STATEMENT. */
function engineOf(
  mentioned: ReadonlySet<string>,
  metadatas: ReadonlyMap<string, MetaData>,
): string | undefined {
  const known = [...mentioned].filter((name) =>
    [...metadatas.values()].some(({ tables }) => tables.has(name)),
  )
  if (known.length === 0) return undefined
  const hasAll = (key: string): boolean =>
    known.every((name) => metadatas.get(key)?.tables.has(name) === true)
  const engineKey = ['default', ...metadatas.keys()].find(hasAll)
  if (engineKey !== undefined) return engineKey
  throw new BindError(
    `Cannot run a Kysely query on the tables ${known.map((name) => `"${name}"`).join(', ')}: no engine has them all. Query one after the other, and pass keys from the first to the second.`,
    { code: 'CROSS_ENGINE_STATEMENT', info: { tables: known } },
  )
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
    noteRaw(core, engineKey, { sql, rows: answer.affectedRows })
    for (const state of core.identityMap) core.objects.markStale(state) // which rows it touched is not known
    return answer
  })
}
