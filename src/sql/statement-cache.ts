import { LruMap } from '../util/index.ts'
import type { Catalog } from './catalog.ts'
import { compile, type CompiledStatement } from './compiled-statement.ts'
import { keyWithListSizes } from './in-list.ts'
import type { SqlDialect } from './sql-dialect.ts'
import type { Statement } from './statement.ts'

const DEFAULT_LIMIT = 500

/** The compiled statements of one engine, by catalog and shape. Holds text and decoders, never values. */
export class StatementCache {
  readonly #compiled: LruMap<string, CompiledStatement>
  #hits = 0
  #misses = 0

  constructor(limit: number = DEFAULT_LIMIT) {
    this.#compiled = new LruMap(limit)
  }

  /** Look-ups that found their statement. */
  get hits(): number {
    return this.#hits
  }

  /** Look-ups that had to compile. */
  get misses(): number {
    return this.#misses
  }

  /** Statements kept now. */
  get size(): number {
    return this.#compiled.size
  }

  /** Hot: once per execution. The statement's compiled form, made now if its shape is new. `values` are those of the statement: lists may be part of its shape. */
  get(
    statement: Statement,
    values: readonly unknown[],
    dialect: SqlDialect,
    catalog: Catalog,
  ): CompiledStatement {
    const key = catalog.cacheKey + keyWithListSizes(statement.key, values, dialect)
    const known = this.#compiled.get(key)
    if (known !== undefined) {
      this.#hits += 1
      return known
    }
    this.#misses += 1
    const compiled = compile(statement, dialect, catalog)
    this.#compiled.set(key, compiled)
    return compiled
  }

  clear(): void {
    this.#compiled.clear()
  }
}
