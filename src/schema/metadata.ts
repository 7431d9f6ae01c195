import { MappingError } from '../errors/index.ts'
import type { Table } from './table.ts'

/** The tables of one engine, or of one schema of it. */
export class MetaData {
  /** The engine that they live on. */
  readonly engineKey: string
  /** The schema that they stand in; undefined = the connection's own. */
  readonly schema: string | undefined
  /** By name. */
  readonly tables: ReadonlyMap<string, Table>
  readonly #tables = new Map<string, Table>()

  constructor(engineKey: string, schema?: string) {
    this.engineKey = engineKey
    this.schema = schema
    this.tables = this.#tables
  }

  /** Adds a table, which stands in the schema from now on. @throws {MappingError} MAPPING when one of that name exists already. */
  add(table: Table): void {
    if (this.#tables.has(table.name)) {
      throw new MappingError(
        `Cannot define the table "${table.name}" twice on engine "${this.engineKey}". Give one of the two models another { table: '…' }.`,
        {
          info: { table: table.name, engineKey: this.engineKey },
        },
      )
    }
    table.schema = this.schema
    this.#tables.set(table.name, table)
  }

  /** Tables so that each comes after those its foreign keys refer to; tables of a circle stand in the order of their definition. */
  get sortedTables(): readonly Table[] {
    const sorted = new Set<Table>()
    const visiting = new Set<Table>()
    const visit = (table: Table): void => {
      if (sorted.has(table) || visiting.has(table)) return
      visiting.add(table)
      for (const key of table.foreignKeys) visit(key.target)
      sorted.add(table)
    }
    for (const table of this.#tables.values()) visit(table)
    return [...sorted]
  }
}
