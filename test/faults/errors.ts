import assert from 'node:assert/strict'
import { AthanorError, type Engine } from 'athanor'

/** As in DATABASES. */
export type Driver = 'postgres' | 'mariadb' | 'mysql2'

/** What a connection sends. */
export type Command = Parameters<Awaited<ReturnType<Engine['connect']>>['execute']>[0]

export function command(sql: string): Command {
  return { sql, parameters: [], prepare: false }
}

/** One statement in a transaction of its own; its rows. */
export function execute(engine: Engine, sql: string): Promise<readonly unknown[][]> {
  return engine.begin(async (connection) => {
    const { rows } = await connection.execute(command(sql))
    return rows
  })
}

/** Statements in one transaction. */
export async function inTransaction(
  engine: Engine,
  statements: readonly string[],
  options: Parameters<Engine['begin']>[1] = {},
): Promise<void> {
  await engine.begin(async (connection) => {
    for (const sql of statements) await connection.execute(command(sql))
  }, options)
}

/** What a driver's error is known by: SQLSTATE or the number of the server's error, what Node calls it, and else its text. */
export function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const { errno, code } = cause as { errno?: unknown; code?: unknown }
  if (typeof errno === 'number' && errno > 0) return String(errno)
  return typeof code === 'string' ? code : cause.message
}

/** What it fails with, which is athanor's. */
export async function failureOf(work: () => Promise<unknown>): Promise<AthanorError> {
  try {
    await work()
  } catch (error) {
    assert.ok(error instanceof AthanorError, String(error))
    return error
  }
  return assert.fail('nothing failed')
}
