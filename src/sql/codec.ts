/** A stored form that is the value itself. Checked where rows become objects; columns that are selected by themselves come as they are stored, since there the check costs 6 %. */
export interface PlainForm {
  readonly type: 'number' | 'string'
  /** @throws {DataError} DATA. */
  readonly refuse: (stored: unknown) => never
}

/** How one dialect stores one column type. */
export interface ColumnCodec {
  /** The type's name in DDL: `varchar(80)`, `integer`. */
  readonly sqlType: string
  /** What goes to the driver for a value that is not null; undefined = the value itself. */
  readonly encode?: ((value: unknown) => unknown) | undefined
  /** The value of what the driver gave, which is not null; undefined = the stored form is the value. */
  readonly decode?: ((stored: unknown) => unknown) | undefined
  /** Set where the stored form is the value, and the database keeps nobody from storing another: what `typeof` gives for it, and who throws for what is neither that nor null. */
  readonly plain?: PlainForm | undefined
  /** Condition of a CHECK clause that keeps foreign hands from storing what cannot be read back. */
  readonly check?: ((quotedColumn: string) => string) | undefined
  /**
   * An expression that compares, sorts and sums as the value does, where the stored form does not (a decimal kept as text): `cast(x as real)`.
   * Undefined = the stored form does.
   */
  readonly comparable?: ((expression: string) => string) | undefined
  /** A bound value in arithmetic, with its type, where the database would compute with a rounded number otherwise: `cast(? as decimal(65, 30))`. */
  readonly exact?: ((placeholder: string) => string) | undefined
  /** The value as text, for LIKE and the like, where the column is none and the database does not convert by itself. */
  readonly asText?: ((expression: string) => string) | undefined
  /** Set where no index, key or unique constraint can be about a column of this type: what to use instead, as in `Use varchar(n) instead.` */
  readonly noIndex?: string | undefined
}
