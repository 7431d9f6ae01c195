import type { ColumnType } from '../schema/index.ts'
import type { ColumnCodec } from './codec.ts'

/** Whose SQL Kysely writes. */
export type KyselyFlavour = 'sqlite' | 'postgres' | 'mysql'

/** What a database's SQL can say. Shared code asks for these and never for a dialect's name. */
export interface SqlFeatures {
  /** SET a = b, b = a: an expression sees what assignments before it have written, and not the row as it was. */
  readonly sequentialAssignments: boolean
  /** INSERT … RETURNING. */
  readonly insertReturning: boolean
  /** UPDATE … RETURNING. */
  readonly updateReturning: boolean
  /** DELETE … RETURNING. */
  readonly deleteReturning: boolean
  /** `SELECT … FOR UPDATE`. Where it is missing a locking read begins a write transaction instead. */
  readonly rowLocks: boolean
  /** `FOR UPDATE OF table`. Where it is missing the rows of all tables of the query are locked. */
  readonly lockOf: boolean
  /** `ON CONFLICT (columns)`. */
  readonly conflictTarget: boolean
  /** `ON DUPLICATE KEY UPDATE`, which any unique key sets off. Asked for where `conflictTarget` is missing. */
  readonly duplicateKeyUpdate: boolean
  /** `ILIKE`. */
  readonly ilike: boolean
  /** A backslash in a pattern of LIKE takes the meaning from the next character, unless ESCAPE names another one. */
  readonly backslashEscapes: boolean
  /** `IN (SELECT … LIMIT n)`. */
  readonly limitInSubquery: boolean
  /** UPDATE and DELETE may ask the table that they change in a subquery. */
  readonly selfSubqueries: boolean
  /** One statement may compare row values: `(a, b) IN (…)`. */
  readonly rowValues: boolean
  /** `DEFAULT` may stand in VALUES. */
  readonly defaultKeyword: boolean
  /** NULLS FIRST / NULLS LAST in ORDER BY. */
  readonly nullsOrder: boolean
  /** NULL sorts behind all values where ORDER BY says nothing of it, and not in front of them. */
  readonly nullsAreLargest: boolean
  /** Whether a value that could not be stored, text with NUL or the 30th of February, is an error even where it is only compared. */
  readonly checksComparands: boolean
  /** The driver tells the generated key of a single inserted row, so that no RETURNING is needed for it. */
  readonly lastInsertId: boolean
  /**
   * Two copies of an expression with bound values count as two expressions, because each has parameters of its own: GROUP BY and ORDER BY name a selected one by its
   * place among the columns.
   */
  readonly termsByPlace: boolean
  /** Most bound values in one statement. */
  readonly maxParameters: number
  /** Schemas beside the connection's own, whose tables a statement can name: `"acme"."post"`. */
  readonly schemas: boolean
  /** `ALTER TABLE … ADD CONSTRAINT`. Where it is missing a foreign key may name a table that does not exist yet. */
  readonly addConstraint: boolean
  /** NOT NULL may stand behind GENERATED ALWAYS AS. */
  readonly notNullComputed: boolean
  /** Longest name of a table, column or constraint, in bytes of UTF-8. */
  readonly maxNameBytes: number
}

/** What a value in raw SQL is, for databases that must be told. Whole numbers within 32 bits are `int`, other safe ones `bigint`, and `bigint`s too. */
export type RawKind = 'int' | 'bigint' | 'number' | 'boolean' | 'timestamp' | 'bytes'

/** How one database spells SQL and stores values. */
export interface SqlDialect {
  readonly name: string
  /** Whose SQL Kysely writes for it. */
  readonly kyselyFlavour: KyselyFlavour
  readonly supports: SqlFeatures
  /** An identifier as it stands in SQL, always quoted. */
  quote(identifier: string): string
  /** The nth bound value, from 1. */
  placeholder(position: number): string
  /** Converters and SQL type; the same object for the same column type. */
  codec(type: ColumnType): ColumnCodec
  /** `expression IN (list)` with the whole list in one bound value, so that its length is not in the statement's text; undefined where lists are expanded. */
  inList?: ((expression: string, placeholder: string) => string) | undefined
  /** The one bound value of `inList`, of encoded members. */
  encodeList?: ((members: readonly unknown[]) => unknown) | undefined
  /** What goes to the driver for a number outside a column's own comparison (arithmetic, raw SQL), where the driver would not keep it an integer; undefined = the value itself. */
  bindRaw?: ((value: unknown) => unknown) | undefined
  /**
   * The placeholder of a value in raw SQL with its type, as a literal in its place would have one; undefined = the database needs none. Text and null are never
   * cast: they are what their place asks for.
   */
  castRaw?: ((placeholder: string, kind: RawKind) => string) | undefined
  /** Text as a literal, in CHECK and DEFAULT; undefined = quotes around it, and those in it doubled. */
  quoteText?: ((text: string) => string) | undefined
  /** The statement that puts checks of foreign keys off to the end of the transaction, so that tables of a circle can be dropped; for databases without `addConstraint`. */
  readonly deferForeignKeys?: string | undefined
  /** What stands behind the closing parenthesis of CREATE TABLE: `engine=InnoDB`. */
  readonly tableOptions?: string | undefined
  /** Clause after a generated key column's type: `primary key autoincrement`, `generated by default as identity`. */
  readonly autoIncrementClause: string
}
