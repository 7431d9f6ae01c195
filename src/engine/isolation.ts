/** Isolation levels; `autocommit` means that no transaction is opened at all. */
export type IsolationLevel =
  | 'autocommit'
  | 'read uncommitted'
  | 'read committed'
  | 'repeatable read'
  | 'serializable'

/** How a transaction begins. */
export interface BeginOptions {
  readonly isolation?: IsolationLevel | undefined
  /** READ ONLY where the database knows it. */
  readonly readOnly?: boolean | undefined
  /** True when the transaction is expected to write: SQLite begins IMMEDIATE. */
  readonly write?: boolean | undefined
}
