import { valuesOf, type CompiledStatement, type Statement } from '../../sql/index.ts'
import type { Command, DriverResult } from '../../engine/index.ts'
import { andThen, type MaybePromise } from '../../util/index.ts'
import type { SessionCore } from './session-core.ts'

/** When a statement was sent, as the session counts time: its epoch, and the transaction; 0 = none. */
export interface Moment {
  readonly epoch: number
  readonly transactionId: number
}

/** A statement's compiled form and what came back. */
export interface Executed {
  readonly compiled: CompiledStatement
  readonly result: DriverResult
  readonly moment: Moment
}

/** Sends a statement on the engine of its tables: compiled once a shape, values bound. Reads are leased or run in the open transaction; writes and locks begin one. */
export function execute(
  core: SessionCore,
  statement: Statement,
  access: 'read' | 'write',
): MaybePromise<Executed> {
  const engineKey = engineKeyOf(core, statement)
  const { compiled, command } = compile(core, statement, engineKey)
  const { epoch } = core
  const answer =
    access === 'write' || statement.locking
      ? core.statements.write(engineKey, (connection) => connection.execute(command))
      : core.statements.read(engineKey, command)
  return andThen(answer, (result) => ({
    compiled,
    result,
    moment: { epoch, transactionId: core.connections.transactionId },
  }))
}

/** A statement as the engine of its tables is sent it: compiled once a shape. */
export function compile(
  { context }: SessionCore,
  statement: Statement,
  engineKey: string,
): { readonly compiled: CompiledStatement; readonly command: Command } {
  const engine = context.engine(engineKey)
  const values = valuesOf(statement)
  const compiled = engine.statements.get(statement, values, engine.dialect, context.registry)
  return { compiled, command: compiled.command(values) }
}

/** The engine of the first model that a statement names. */
export function engineKeyOf(core: SessionCore, statement: Statement): string {
  const [source] = statement.sources
  return source === undefined ? 'default' : core.mapperOf(source.model).engineKey
}
