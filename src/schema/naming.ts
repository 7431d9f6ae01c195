import { createHash } from 'node:crypto'

const LONGEST = 63 // bytes PostgreSQL keeps of an identifier; it cuts the rest without a word

/** Names of constraints and indexes: on by default, since a migration can only change what has a name. */
export const constraintName = {
  primaryKey: (table: string): string => fitting(`pk_${table}`),
  foreignKey: (table: string, columns: readonly string[], target: string): string =>
    fitting(`fk_${table}_${columns[0] ?? ''}_${target}`),
  unique: (table: string, columns: readonly string[]): string =>
    fitting(`uq_${table}_${columns.join('_')}`),
  index: (table: string, columns: readonly string[]): string =>
    fitting(`ix_${table}_${columns.join('_')}`),
  check: (table: string, name: string): string => fitting(`ck_${table}_${name}`),
}

/** `name`, or its first 54 bytes and a hash when it is longer than a database keeps. */
function fitting(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${Buffer.from(name)
    .subarray(0, 54)
    .toString()
    .replace(/\uFFFD+$/u, '')}_${hash}`
}
