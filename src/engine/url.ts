import { ConfigurationError } from '../errors/index.ts'
import type { DriverChoice } from './dialect.ts'

/** Databases whose URLs are known, though no dialect of this version has the name: which one speaks to them, if any. */
const KNOWN_ELSEWHERE: ReadonlyMap<string, string | undefined> = new Map([
  ['postgres', undefined],
  ['postgresql', undefined],
  ['pglite', undefined],
  ['mysql', undefined],
  ['mariadb', undefined],
  ['mssql', undefined],
  ['sqlserver', undefined],
  ['oracle', undefined],
  ['mongodb', undefined],
  ['cockroach', 'postgres'],
  ['cockroachdb', 'postgres'],
  ['yugabyte', 'postgres'],
  ['redshift', 'postgres'],
  ['tidb', 'mysql'],
  ['libsql', 'sqlite'],
  ['sqlite3', 'sqlite'],
])

/**
 * Where a database is: `dialect:location` or `dialect+driver:location`. What the location means is the dialect's business.
 *
 * As text and in JSON the password is `***`; `util.inspect` does not see the text at all.
 */
export class EngineUrl {
  /** `sqlite`. */
  readonly dialect: string
  /** The name after `+`; undefined = the dialect's default. */
  readonly driver: string | undefined
  readonly #text: string
  readonly #location: string

  private constructor(
    text: string,
    scheme: { readonly dialect: string; readonly driver: string | undefined },
    location: string,
  ) {
    this.dialect = scheme.dialect
    this.driver = scheme.driver
    this.#text = text
    this.#location = location
  }

  /**
   * Reads a URL. `:memory:` and `file:…` are SQLite's own spellings and need no `sqlite:`.
   *
   * @throws {ConfigurationError} CONFIGURATION when it is none, or of a database that `dialects` does not have.
   */
  static parse(
    url: string | URL,
    dialects: ReadonlyMap<string, { readonly drivers: readonly DriverChoice[] }>,
  ): EngineUrl {
    const text = String(url)
    if (text === ':memory:' || /^file:/i.test(text))
      return new EngineUrl(text, { dialect: 'sqlite', driver: undefined }, text)
    const [, scheme, driver, location] =
      /^([a-z][a-z\d.-]*)(?:\+([\w.-]*))?:(.*)$/is.exec(text) ?? []
    if (scheme === undefined || location === undefined) throw noUrl(text)
    const dialect = scheme.toLowerCase()
    const known = dialects.get(dialect)
    if (known === undefined) throw noDialect(text, dialect, [...dialects.keys()])
    if (driver !== undefined && !known.drivers.some(({ name }) => name === driver))
      throw noDriver(text, dialect, known.drivers)
    // a URL object has escaped what a path may hold
    return new EngineUrl(
      text,
      { dialect, driver },
      url instanceof URL ? decodeURI(location) : location,
    )
  }

  /** What follows the first colon. */
  get location(): string {
    return this.#location
  }

  /** The whole text, password included. Never for a message. */
  get unmasked(): string {
    return this.#text
  }

  toString(): string {
    return maskPassword(this.#text)
  }

  toJSON(): string {
    return this.toString()
  }
}

/** `text` with what may be a password as `***`: between the first colon of the authority and its last `@`, and in parameters that are named like secrets. */
export function maskPassword(text: string): string {
  return text
    .replace(/^([a-z][\w+.-]*:(?:\/\/)?)?([^:/@?#\s]*):(.*)@/is, '$1$2:***@')
    .replace(/([?&][^=&]*(?:pass|pwd|secret|token|key)[^=&]*=)[^&]*/gi, '$1***')
}

/** Whether what is called so is kept out of messages: the private parts of TLS options among them. */
export function isSecretName(name: string): boolean {
  return /pass|pwd|secret|token|key|pfx/i.test(name)
}

function noUrl(text: string): ConfigurationError {
  const advice =
    /^[\w./\\-]+$/.test(text) && text !== ''
      ? `For a SQLite file write "sqlite:${text}".`
      : 'Write for example "sqlite:app.db", "sqlite::memory:" or "postgres://user:password@host:5432/database".'
  return new ConfigurationError(
    `Cannot use "${maskPassword(text)}" as a database URL: it has no "dialect:" in front. ${advice}`,
  )
}

function noDialect(text: string, dialect: string, known: readonly string[]): ConfigurationError {
  const url = maskPassword(text)
  const available = known.map((name) => `"${name}:"`).join(', ')
  if (KNOWN_ELSEWHERE.has(dialect)) {
    const speaker = KNOWN_ELSEWHERE.get(dialect)
    const advice =
      speaker === undefined || !known.includes(speaker)
        ? 'Use for example "sqlite:app.db".'
        : `It may be spoken to as "${speaker}:", which athanor does not test.`
    return new ConfigurationError(
      `Cannot use the database URL "${url}": this version of athanor has no dialect for ${dialect}, only ${available}. ${advice}`,
      { info: { dialect } },
    )
  }
  return new ConfigurationError(
    `Cannot use the database URL "${url}": no dialect is called "${dialect}"; there is ${available}. Write for example "sqlite:app.db".`,
    { info: { dialect } },
  )
}

function noDriver(
  text: string,
  dialect: string,
  drivers: readonly DriverChoice[],
): ConfigurationError {
  const spellings = drivers
    .map(({ name, install }) => `"${dialect}+${name}:" (${install ?? 'built into Node'})`)
    .join(' or ')
  return new ConfigurationError(
    `Cannot use the database URL "${maskPassword(text)}": ${dialect} has no driver of that name. Write ${spellings}; "${dialect}:" alone is the first.`,
    { info: { dialect, drivers } },
  )
}
