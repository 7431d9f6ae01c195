import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { SqliteHandle, SqliteLibrary, SqliteStatement } from './library.ts'
import { isBlank, severalStatements } from './statement-text.ts'

/** The SQLite that is built into Node. */
export const nodeSqlite: SqliteLibrary = {
  name: 'node-sqlite',
  open(path, busyTimeoutMs) {
    // loaded when it is needed: Node 22 warns that the module is experimental
    const sqlite = process.getBuiltinModule('node:sqlite')
    return new NodeHandle(new sqlite.DatabaseSync(path, { timeout: busyTimeoutMs }))
  },
}

class NodeHandle implements SqliteHandle {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction
  }

  exec(sql: string): void {
    this.#database.exec(sql)
  }

  prepare(sql: string): SqliteStatement {
    const statement = this.#database.prepare(sql)
    if (!isBlank(sql.slice(statement.sourceSQL.length))) throw severalStatements(sql)
    return new NodeStatement(statement)
  }

  close(): void {
    this.#database.close()
  }
}

/** Parameters are spread: the adapter has checked that each is one that SQLite stores. */
class NodeStatement implements SqliteStatement {
  readonly givesRows: boolean
  readonly #statement: StatementSync
  #isExact = false

  constructor(statement: StatementSync) {
    this.#statement = statement
    statement.setReturnArrays(true)
    this.givesRows = statement.columns().length > 0
  }

  columnNames(): readonly string[] {
    return this.#statement.columns().map((column) => column.name)
  }

  run(parameters: readonly unknown[]): {
    readonly changes: number
    readonly lastInsertRowid: number
  } {
    const { changes, lastInsertRowid } = this.#statement.run(
      ...(parameters as readonly SQLInputValue[]),
    )
    return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) }
  }

  all(parameters: readonly unknown[]): unknown[][] | undefined {
    try {
      return this.#statement.all(
        ...(parameters as readonly SQLInputValue[]),
      ) as unknown as unknown[][]
    } catch (error) {
      if (error instanceof RangeError && 'code' in error && error.code === 'ERR_OUT_OF_RANGE')
        return undefined
      throw error
    }
  }

  allExactly(parameters: readonly unknown[]): unknown[][] {
    this.#readExactly()
    return this.#statement.all(
      ...(parameters as readonly SQLInputValue[]),
    ) as unknown as unknown[][]
  }

  iterateExactly(parameters: readonly unknown[]): IterableIterator<unknown[]> {
    this.#readExactly()
    return this.#statement.iterate(
      ...(parameters as readonly SQLInputValue[]),
    ) as unknown as IterableIterator<unknown[]>
  }

  #readExactly(): void {
    if (this.#isExact) return
    this.#isExact = true
    this.#statement.setReadBigInts(true)
  }
}
