import { ConfigurationError } from '../errors/index.ts'
import type { Registry, Schemas } from '../orm/index.ts'
import { LruMap } from '../util/index.ts'
import type { Application } from './application.ts'

/** Choices of schemas whose registries are kept, those used last: 0.8 MB each for a hundred models of eleven columns, and 3 ms to make anew. */
const KEPT = 100

/**
 * The models of one application in other schemas: a registry of its own for each choice. Everything that is compiled for a model hangs on its registry, or is kept under its
 * `cacheKey`, so that no statement of one tenant can be another's.
 */
export class SchemaRegistries {
  readonly #application: Application
  readonly #make: (schemas: Schemas) => Registry
  readonly #made = new LruMap<string, Registry>(KEPT)

  constructor(application: Application, make: (schemas: Schemas) => Registry) {
    this.#application = application
    this.#make = make
  }

  /**
   * The registry whose tables stand in these schemas.
   *
   * @throws {ConfigurationError} UNKNOWN_ENGINE; CONFIGURATION for what is no name of a schema, and for a database that has none.
   */
  of(schemas: Schemas): Registry {
    if (typeof schemas !== 'object')
      throw new ConfigurationError(
        `Cannot choose schemas by a ${typeof schemas}: pass them by the keys of engines, as in { schemas: { default: 'acme' } }.`,
        { info: { option: 'schemas' } },
      )
    const chosen = Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1))
    for (const [engineKey, schema] of chosen) this.#check(engineKey, schema)
    if (chosen.length === 0) return this.#application.registry
    const key = JSON.stringify(chosen)
    const known = this.#made.get(key)
    if (known !== undefined) return known
    const made = this.#make(Object.fromEntries(chosen))
    this.#made.set(key, made)
    return made
  }

  #check(engineKey: string, schema: unknown): void {
    const { dialect } = this.#application.engine(engineKey)
    const { schemas, maxNameBytes } = dialect.supports
    const fault = schemas
      ? faultOf(schema, maxNameBytes)
      : `${dialect.name} has no schemas. Give the tenant a database of its own, by { engines: { ${engineKey}: '…' } }`
    if (fault === undefined) return
    throw new ConfigurationError(
      `Cannot use the schema of engine "${engineKey}" that the scope asks for: ${fault}.`,
      { info: { option: 'schemas', engineKey } },
    )
  }
}

/** Why it cannot be the name of a schema. A longer one would be cut by the database, and then be another tenant's. */
function faultOf(schema: unknown, maxNameBytes: number): string | undefined {
  if (typeof schema !== 'string')
    return `it is ${schema === null ? 'null' : `of type ${typeof schema}`} and not a text. Refuse the request where its tenant is not known`
  if (schema === '') return 'its name is empty. Refuse the request where its tenant is not known'
  if (schema.includes('\0')) return 'its name has a character NUL, which no name may have'
  const length = Buffer.byteLength(schema)
  return length <= maxNameBytes
    ? undefined
    : `its name has ${length} bytes, and this database keeps ${maxNameBytes}. Give it a shorter one`
}
