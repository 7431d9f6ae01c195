import { createHash } from 'node:crypto'
import { BindError } from '../../errors/index.ts'
import { LruMap } from '../../util/index.ts'
import type { SchemaGeneration } from './schema-generation.ts'
import { readerOf, type Reader } from './stored-forms.ts'
import type { WireField } from './wire.ts'

/** Statements that a connection keeps prepared on the server. */
const STATEMENTS_KEPT = 500

/** A statement of one connection. */
export class PreparedStatement {
  readonly sql: string
  /** Its name on the server; empty = none, so that it is parsed every time. */
  readonly name: string
  /** Whether the server is known to have it under its name. */
  isParsed = false
  /** Whether `fields` are known. */
  isDescribed = false
  /** The columns of its rows; empty when it gives none. */
  fields: readonly WireField[] = []
  /** For each column what makes the stored form of its text. */
  readers: readonly (Reader | undefined)[] = []

  constructor(sql: string, name: string) {
    this.sql = sql
    this.name = name
  }

  describe(fields: readonly WireField[]): void {
    this.fields = fields
    this.readers = fields.map(({ dataTypeID }) => readerOf(dataTypeID))
    this.isDescribed = true
  }
}

/**
 * What one connection has prepared. It knows what the server knows, because it counts the server's answers, and not what was sent.
 *
 * A name is made of the statement's text: behind a pooler, where the next statement may meet another connection to the server, a name can then be missing or there already, but never mean another statement.
 */
export class PreparedStatements {
  readonly #statements: LruMap<string, PreparedStatement>
  readonly #retired = new Map<string, PreparedStatement>()
  #keeps: boolean

  readonly #schema: SchemaGeneration
  #generation: number

  /** With `keeps` false no statement gets a name. */
  constructor(keeps: boolean, schema: SchemaGeneration, limit: number = STATEMENTS_KEPT) {
    this.#keeps = keeps
    this.#schema = schema
    this.#generation = schema.current
    this.#statements = new LruMap(limit, (statement) => this.#retire(statement))
  }

  /** Whether statements are kept on the server. */
  get keeps(): boolean {
    return this.#keeps
  }

  /** From now on no statement gets a name. */
  stopKeeping(): void {
    this.#keeps = false
    this.#statements.clear()
    this.#retired.clear() // what is where, nobody knows
  }

  /** @throws {BindError} BIND for a text that is not one statement. */
  get(sql: string, keep: boolean): PreparedStatement {
    const kept = keep ? this.#statements.get(sql) : undefined
    if (kept !== undefined) return kept
    checkText(sql)
    return keep && this.#keeps && KEPT.test(sql)
      ? this.#create(sql)
      : new PreparedStatement(sql, '')
  }

  /** Looks at the tags of statements that have run. */
  note(tag: string): void {
    this.#schema.note(tag)
  }

  /** The server has none of them any more, or another form of them: each is closed before it is used again. */
  forgetAll(): void {
    this.#statements.clear()
  }

  /** Statements that the server should forget before the next batch, which is to be made of statements that are asked for after this. */
  takeRetired(): readonly PreparedStatement[] {
    if (this.#generation !== this.#schema.current) this.forgetAll()
    this.#generation = this.#schema.current
    if (this.#retired.size === 0) return NONE
    const retired = [...this.#retired.values()]
    this.#retired.clear()
    return retired
  }

  /** Takes back what was not sent. */
  giveBack(retired: readonly PreparedStatement[]): void {
    for (const statement of retired) this.#retire(statement)
  }

  #create(sql: string): PreparedStatement {
    const name = nameOf(sql)
    // one that was pushed out by others of the same batch is still there
    const statement = this.#retired.get(name) ?? new PreparedStatement(sql, name)
    this.#retired.delete(name)
    this.#statements.set(sql, statement)
    return statement
  }

  #retire(statement: PreparedStatement): void {
    this.#retired.set(statement.name, statement)
  }
}

/** What is worth being kept: not what changes the schema or the session, and not ROLLBACK, which must not fail for want of its name. */
const KEPT =
  /^\s*(?:select|insert|update|delete|with|values|merge|begin|commit|savepoint|release)\b/i

const NONE: readonly PreparedStatement[] = []

/** Readable for what is only words, such as `begin read only`: the network's traffic tells a COMMIT then. */
function nameOf(sql: string): string {
  const isPlain = /^[a-z ]{1,50}$/.test(sql)
  return `athanor_${isPlain ? sql.replaceAll(' ', '_') : createHash('sha256').update(sql).digest('base64url')}`
}

/** @throws {BindError} BIND when a text cannot be one statement. */
function checkText(sql: string): void {
  if (sql.includes('\0'))
    throw new BindError(
      'Cannot send a statement with a NUL character: the server would not see what follows it. Bind text as a value.',
    )
  if (/^(?:\s|;|--[^\n]*(?:\n|$)|\/\*(?:(?!\*\/)[\s\S])*(?:\*\/|$))*$/.test(sql))
    throw new BindError(
      'Cannot send an empty statement. Is its text made by a program, with nothing to say?',
    )
  if (/^\s*copy\b[\s\S]*\bfrom\s+stdin\b/i.test(sql))
    throw new BindError(
      'Cannot send COPY … FROM STDIN: its data would have to follow. Use insert(), or the driver itself.',
    )
}
