import { id, int, Model } from 'athanor'
import { databases, type DatabaseKind } from '../support/databases.ts'

export class Account extends Model({ id: id(), balance: int().default(0) }) {}
export const models = { Account }

/** The servers among the databases. */
export function servers(): readonly DatabaseKind[] {
  return databases().filter(({ facts }) => facts.isServer)
}

export function isPostgres(database: DatabaseKind): boolean {
  return database.dialect.kyselyFlavour === 'postgres'
}
