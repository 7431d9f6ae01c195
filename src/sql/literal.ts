import type { SqlDialect } from './sql-dialect.ts'

/** A stored form as SQL, for places where nothing can be bound and for what a model's author wrote; undefined where it has no such text. Never for a user's values. */
export function literalSql(dialect: SqlDialect, stored: unknown): string | undefined {
  if (stored === null) return 'null'
  if (typeof stored === 'string')
    return dialect.quoteText?.(stored) ?? `'${stored.replaceAll("'", "''")}'`
  if (typeof stored === 'number' || typeof stored === 'bigint' || typeof stored === 'boolean')
    return String(stored)
  return undefined
}
