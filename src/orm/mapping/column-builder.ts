import { ArgumentError, MappingError } from '../../errors/index.ts'
import {
  columnTypes,
  customType,
  decimalType,
  oneOfType,
  varcharType,
  type Codec,
  type ColumnType,
  type ForeignKeyOptions,
  type SqlText,
} from '../../schema/index.ts'

/**
 * A column of a model. `T` is the type of its values (null included when it is nullable); `F` are flags for the compiler: `pk`, `default`, `computed`, `deferred`, `discriminator`, `name:…`.
 *
 * Every method gives a new column and leaves this one as it was, so that columns can be shared by mixins.
 * @since 0.1
 */
export interface Column<out T, out F extends string = never> {
  /** Only for the compiler. */
  readonly $t: T
  /** Only for the compiler. */
  readonly $f: F
  /** Allows null. Columns are NOT NULL unless this is said. */
  nullable(): Column<T | null, F>
  /** A value for new objects that give none; a function is called once an object, when it is constructed. */
  default(value: NoInfer<T> | (() => NoInfer<T>)): Column<T, F | 'default'>
  /** A DEFAULT clause: the database makes the value, and it is read back by the INSERT. The text is SQL of yours, never of a user's. */
  serverDefault(sql: string | SqlText): Column<T, F | 'default'>
  /** A value that is written whenever the row is updated for another reason. */
  onUpdate(value: () => NoInfer<T>): Column<T, F>
  /** Part of the primary key. Several columns make a composite key. */
  primaryKey(): Column<T, F | 'pk'>
  /** No two rows have the same value. */
  unique(): Column<T, F>
  /** An index on this column. */
  index(): Column<T, F>
  /** The column's name in the database, verbatim; otherwise the property's name in snake_case. */
  named<const N extends string>(column: N): Column<T, F | `name:${N}`>
  /** A foreign key without a relation: 'table.column'. With a relation, `belongsTo` declares the constraint. */
  references(target: `${string}.${string}`, options?: ForeignKeyOptions): Column<T, F>
  /** A GENERATED ALWAYS AS column: read back, never written. The text is SQL of yours. */
  computed(sql: string | SqlText): Column<T, F | 'computed'>
  /** Left out of `toJSON` and of inspection: a password hash, say. */
  hidden(): Column<T, F>
  /**
   * Left out of what queries select, until it is asked for: `with('body')`, `session.load(post, 'body')`. Columns of one `group` are read together. Reading one that is not in
   * memory is UNLOADED_ATTRIBUTE; setting it needs no reading. Not for keys, foreign keys of relations, versions and discriminators.
   * @remarks Semantics: SQLAlchemy `deferred()`; differs: nothing is read by looking at a property.
   * @since 0.2
   */
  deferred(group?: string): Column<T, F | 'deferred'>
  /** Narrows the type for the compiler only. */
  $type<U extends T>(): Column<U, F>
}

/** What a column builder has been told. */
export interface ColumnFacts {
  readonly type: ColumnType
  readonly nullable: boolean
  readonly primaryKey: boolean
  readonly autoIncrement: boolean
  readonly hasDefault: boolean
  readonly default: unknown
  readonly serverDefault: string | undefined
  readonly onUpdate: (() => unknown) | undefined
  readonly unique: boolean
  readonly index: boolean
  readonly name: string | undefined
  readonly references: ({ readonly target: string } & ForeignKeyOptions) | undefined
  readonly computed: string | undefined
  readonly hidden: boolean
  /** Not selected unless it is asked for. */
  readonly deferred: boolean
  /** Deferred columns of one group are read together. */
  readonly group: string | undefined
  readonly version: boolean
  /** Says of which model a row is, where several share the table. */
  readonly discriminator: boolean
}

const PLAIN: Omit<ColumnFacts, 'type'> = {
  nullable: false,
  primaryKey: false,
  autoIncrement: false,
  hasDefault: false,
  default: undefined,
  serverDefault: undefined,
  onUpdate: undefined,
  unique: false,
  index: false,
  name: undefined,
  references: undefined,
  computed: undefined,
  hidden: false,
  deferred: false,
  group: undefined,
  version: false,
  discriminator: false,
}

/** The run-time side of `Column`: an immutable collector of facts. @internal */
export class ColumnBuilder {
  readonly facts: ColumnFacts

  constructor(type: ColumnType, facts: Partial<Omit<ColumnFacts, 'type'>> = {}) {
    this.facts = { ...PLAIN, ...facts, type }
  }

  #with(facts: Partial<ColumnFacts>): ColumnBuilder {
    return new ColumnBuilder(this.facts.type, { ...this.facts, ...facts })
  }

  nullable(): ColumnBuilder {
    return this.#with({ nullable: true })
  }
  default(value: unknown): ColumnBuilder {
    return this.#with({ default: value, hasDefault: true })
  }
  serverDefault(sql: string | SqlText): ColumnBuilder {
    return this.#with({ serverDefault: sqlTextOf(sql) })
  }
  onUpdate(value: () => unknown): ColumnBuilder {
    return this.#with({ onUpdate: value })
  }
  primaryKey(): ColumnBuilder {
    return this.#with({ primaryKey: true })
  }
  unique(): ColumnBuilder {
    return this.#with({ unique: true })
  }
  index(): ColumnBuilder {
    return this.#with({ index: true })
  }
  named(name: string): ColumnBuilder {
    return this.#with({ name })
  }
  references(target: string, options: ForeignKeyOptions = {}): ColumnBuilder {
    if (!/^[^.]+\.[^.]+$/.test(target)) {
      throw new MappingError(
        `Cannot refer to "${target}": a foreign key names its target as 'table.column'. With a relation, belongsTo() declares the constraint.`,
      )
    }
    return this.#with({ references: { target, ...options } })
  }
  computed(sql: string | SqlText): ColumnBuilder {
    return this.#with({ computed: sqlTextOf(sql) })
  }
  hidden(): ColumnBuilder {
    return this.#with({ hidden: true })
  }
  deferred(group?: string): ColumnBuilder {
    return this.#with({ deferred: true, group })
  }
  $type(): ColumnBuilder {
    return this
  }
}

function sqlTextOf(sql: string | SqlText): string {
  return typeof sql === 'string' ? sql : sql.sql
}

/** The builder behind the public face; the one place where the two meet. */
function column<T, F extends string = never>(
  type: ColumnType,
  facts?: Partial<Omit<ColumnFacts, 'type'>>,
): Column<T, F> {
  const builder: unknown = new ColumnBuilder(type, facts)
  return builder as Column<T, F>
}

/** A generated integer key: INTEGER PRIMARY KEY, identity or AUTO_INCREMENT of 64 bits, read as a number. For one-flight inserts of whole graphs prefer `uuid().primaryKey().default(uuidv7)`. */
export const id = (): Column<number, 'pk' | 'default'> =>
  column(columnTypes.int, { primaryKey: true, autoIncrement: true })
/** A whole number between ±(2^53 − 1). */
export const int = (): Column<number> => column(columnTypes.int)
/** A floating-point number. */
export const float = (): Column<number> => column(columnTypes.float)
/** A whole number of 64 bits, exact. */
export const bigint = (): Column<bigint> => column(columnTypes.bigint)
/** An exact decimal number, as text: `'12.50'`. Two texts of one number are equal. */
export const decimal = (precision?: number, scale?: number): Column<string> =>
  column(decimalType(precision, scale))
/** Text of any length. */
export const text = (): Column<string> => column(columnTypes.text)
/** Text of at most `length` characters, checked before it is sent. */
export const varchar = (length: number): Column<string> => {
  if (!Number.isSafeInteger(length) || length < 1)
    throw new ArgumentError(
      `Cannot make a varchar of ${String(length)} characters. Give a whole number of at least 1.`,
    )
  return column(varcharType(length))
}
/** True or false. */
export const boolean = (): Column<boolean> => column(columnTypes.boolean)
/** A point in time, as a `Date` in milliseconds, stored in UTC. */
export const timestamp = (): Column<Date> => column(columnTypes.timestamp)
/** A time of a calendar without a zone, as text `YYYY-MM-DD HH:MM:SS`. */
export const localTimestamp = (): Column<string> => column(columnTypes.localTimestamp)
/** A day of the calendar, as text `YYYY-MM-DD`; never a Date at some midnight. */
export const date = (): Column<string> => column(columnTypes.date)
/** A time of day, as text `HH:MM:SS`. */
export const time = (): Column<string> => column(columnTypes.time)
/** A UUID as text; upper and lower case are one value. */
export const uuid = (): Column<string> => column(columnTypes.uuid)
/** Bytes, as a `Uint8Array`. */
export const bytes = (): Column<Uint8Array> => column(columnTypes.bytes)
/** A value stored as JSON. A change inside it is found and written. */
export const json = <T>(): Column<T> => column(columnTypes.json)
/** One of the given words, guarded by a CHECK constraint. */
export const oneOf = <const V extends readonly string[]>(...values: V): Column<V[number]> =>
  column(oneOfType(values))
/** A type of your own: what is stored, and how it is turned into a value and back. */
// oxlint-disable-next-line typescript/no-explicit-any -- the stored form is the codec's own affair
export const custom = <T>(codec: Codec<T, any>): Column<T> =>
  column(customType(codec as Codec<never>))
/**
 * A counter that guards a row against lost updates: 1 on INSERT, one more with each UPDATE, which happens only while the row still has the number that was read.
 * Otherwise the flush fails with STALE_DATA. Never written by hand; `session.expectVersion(object, n)` compares it with a form's.
 * @remarks Semantics: SQLAlchemy `version_id_col`.
 */
export const version = (): Column<number, 'computed'> =>
  column(columnTypes.int, { version: true, serverDefault: '1' })

const DISCRIMINATING = new Set(['int', 'text', 'varchar', 'oneOf'])

/**
 * The column that says of which model a row is, where several models share a table (`extend` with `inherit: 'single'`). Text of at most 50 characters unless another column is
 * given: `discriminator(oneOf('user', 'admin'))`. athanor writes it; an object's value never changes.
 *
 * @throws {MappingError} MAPPING for a column that is neither text, varchar, oneOf nor int, or that is nullable, a key or computed.
 * @remarks Semantics: SQLAlchemy `polymorphic_on`.
 * @since 0.2
 */
export function discriminator(): Column<string, 'discriminator'>
export function discriminator<T extends string | number, F extends string>(
  column: Column<T, F>,
): Column<T, F | 'discriminator'>
export function discriminator(of?: unknown): Column<unknown, string> {
  if (of === undefined) return column(varcharType(50), { discriminator: true })
  if (of instanceof ColumnBuilder && canDiscriminate(of.facts))
    return column(of.facts.type, { ...of.facts, discriminator: true })
  throw new MappingError(
    'Cannot tell models apart by this column. Pass text(), varchar(n), oneOf(…) or int(), or nothing; it is neither nullable nor a key, and the program writes it.',
  )
}

function canDiscriminate(facts: ColumnFacts): boolean {
  const { kind } = facts.type
  const isOther =
    facts.nullable || facts.primaryKey || facts.version || facts.computed !== undefined
  return !isOther && DISCRIMINATING.has(kind)
}

/** The present time of this program: `timestamp().default(now)`. The database's own is `serverDefault`. */
export const now: () => Date = () => new Date()
