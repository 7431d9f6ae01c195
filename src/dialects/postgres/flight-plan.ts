import type { Command, DriverResult, Flight } from '../../engine/index.ts'
import { driverResult, type BatchPart, type PartResult } from './batch.ts'
import type { PreparedStatements } from './prepared-statements.ts'
import { guardedSql, unguardedResult } from './row-guard.ts'
import { naturalizerOf } from './stored-forms.ts'
import { wireValues } from './wire-values.ts'

/** A flight as the parts of a batch: prelude, commands, COMMIT. */
export interface FlightPlan {
  readonly parts: readonly BatchPart[]
  /** The place of the first command among the parts. */
  readonly first: number
  readonly commands: readonly Command[]
  readonly commit: boolean
}

const COMMIT: Command = { sql: 'commit', parameters: [] }

/**
 * Plans a flight. With COMMIT in it, commands that must touch a number of rows guard it.
 *
 * @throws {RefusedCommand} for a command that must not be sent.
 */
export function planFlight(
  { prelude, commands, commit }: Flight,
  statements: PreparedStatements,
): FlightPlan {
  const parts = prelude.map((command) => partOf(command, statements))
  for (const [place, command] of commands.entries()) {
    try {
      parts.push(partOf(commit ? guarded(command) : command, statements))
    } catch (error) {
      throw new RefusedCommand(place, error)
    }
  }
  if (commit) parts.push(partOf(COMMIT, statements))
  return { parts, first: prelude.length, commands, commit }
}

/** A command that cannot be sent, by its place in the flight. */
export class RefusedCommand extends Error {
  readonly place: number

  constructor(place: number, cause: unknown) {
    super('A command was refused.', { cause })
    this.place = place
  }
}

function partOf({ sql, parameters, prepare }: Command, statements: PreparedStatements): BatchPart {
  return {
    statement: statements.get(sql, prepare !== false),
    values: wireValues(parameters, sql),
  }
}

function guarded(command: Command): Command {
  const { sql, parameters, expectedRows } = command
  if (expectedRows === undefined) return command
  return {
    ...command,
    sql: guardedSql(sql, parameters.length),
    parameters: [...parameters, expectedRows],
  }
}

/** The results of the commands among what came back. */
export function resultsOf(plan: FlightPlan, results: readonly PartResult[]): DriverResult[] {
  const { first, commands, commit } = plan
  return results.slice(first, first + commands.length).map((result, place) => {
    const command = commands[place]
    if (commit && command?.expectedRows !== undefined) return unguardedResult(result)
    return command?.isRaw === true
      ? { ...driverResult(result), ...columnsOf(result) }
      : driverResult(result)
  })
}

function columnsOf({ fields }: PartResult): Pick<DriverResult, 'columns' | 'natural'> {
  return {
    columns: fields.map(({ name }) => name),
    natural: fields.map(({ dataTypeID }) => naturalizerOf(dataTypeID)),
  }
}
