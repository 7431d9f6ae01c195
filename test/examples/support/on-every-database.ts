import { describe } from 'node:test'
import { databases, type DatabaseKind } from '../../support/databases.ts'

/** A suite that runs on every database there is here. */
export function describeOnEveryDatabase(
  title: string,
  suite: (database: DatabaseKind) => void,
): void {
  for (const database of databases())
    describe(`${title}, on ${database.name}`, () => suite(database))
}
