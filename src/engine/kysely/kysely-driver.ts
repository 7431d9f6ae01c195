import {
  AbortedTransactionError,
  type DatabaseConnection,
  type Driver,
  type TransactionSettings,
} from 'kysely'
import { ArgumentError, DatabaseError } from '../../errors/index.ts'
import type { Engine } from '../engine.ts'
import { KyselyConnection } from './kysely-connection.ts'

/** Gives Kysely connections of an engine. Each is taken from the pool with its first statement, which says what it is for, and goes back when Kysely releases it. */
export class KyselyDriver implements Driver {
  readonly #engine: Engine
  readonly #closesEngine: boolean

  constructor(engine: Engine, { closesEngine }: { readonly closesEngine: boolean }) {
    this.#engine = engine
    this.#closesEngine = closesEngine
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(new KyselyConnection(this.#engine))
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    own(connection).release()
  }

  /** BEGIN goes with the first statement. @throws {ArgumentError} ARGUMENT for a level that the database lacks: never another one instead. */
  async beginTransaction(
    connection: DatabaseConnection,
    { isolationLevel, accessMode }: TransactionSettings,
  ): Promise<void> {
    if (isolationLevel === 'snapshot')
      throw new ArgumentError(
        'Cannot begin a transaction with isolation "snapshot": only SQL Server has that level. Use "repeatable read".',
      )
    await own(connection).begin({ isolation: isolationLevel, readOnly: accessMode === 'read only' })
  }

  /** @throws {AbortedTransactionError} of Kysely where the database has rolled back instead. @throws {CommitOutcomeUnknownError} COMMIT_OUTCOME_UNKNOWN. */
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await own(connection).held?.commit()
    } catch (error) {
      if (error instanceof DatabaseError && error.code === 'TRANSACTION_ABORTED')
        throw new AbortedTransactionError({ cause: error })
      throw error
    }
  }

  /** What was lost, or ended by the database, is rolled back already. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    const { held } = own(connection)
    if (held?.isOpen === true && held.inTransaction) await held.rollback()
  }

  async savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await own(connection).held?.savepoint(name)
  }

  async rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await own(connection).held?.rollbackTo(name)
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await own(connection).held?.releaseSavepoint(name)
  }

  async destroy(): Promise<void> {
    if (this.#closesEngine) await this.#engine.close()
  }
}

function own(connection: DatabaseConnection): KyselyConnection {
  if (connection instanceof KyselyConnection) return connection
  throw new TypeError('the connection is not of this driver')
}
