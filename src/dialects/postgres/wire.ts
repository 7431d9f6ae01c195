/** A value on its way to the server: text in its input form, bytes, or NULL. */
export type WireValue = string | Buffer | null

/** A column of a result, as the server describes it. */
export interface WireField {
  readonly name: string
  /** The type's object id. */
  readonly dataTypeID: number
}

/** The messages of the extended query protocol that a batch sends; pg's connection has these methods. */
export interface Frontend {
  parse(message: { readonly name: string; readonly text: string }): void
  bind(message: { readonly statement: string; readonly values: readonly WireValue[] }): void
  describe(message: { readonly type: 'P'; readonly name: '' }): void
  execute(message: Record<string, never>): void
  close(message: { readonly type: 'S'; readonly name: string }): void
  sync(): void
}

/** The end of a batch: what follows it is not for it. `I` = no transaction, `T` = in one, `E` = in one that failed. */
export type TransactionStatus = 'I' | 'T' | 'E'

/** The fields of an error that the server sent; pg and PGlite give the same. */
export interface ServerError extends Error {
  /** SQLSTATE. */
  readonly code: string
  readonly detail?: string | undefined
  readonly schema?: string | undefined
  readonly table?: string | undefined
  readonly column?: string | undefined
  readonly constraint?: string | undefined
  /** The function of the server that raised it: what tells apart errors that share a SQLSTATE, whatever the language. */
  readonly routine?: string | undefined
}

/** Whether `error` came from the server, and not from the socket or the driver. */
export function isServerError(error: unknown): error is ServerError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[0-9A-Z]{5}$/.test(error.code) &&
    'severity' in error
  )
}
