/** What is wrong with a field, in words for the person who filled it in. */
export class Problem {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

/** Reads a field: its value, or what is wrong with its text. */
export type FieldReader<T> = (text: string) => T | Problem

/** The fields of a form by name: the schema that a submitted form must fulfil. */
export type Fields = Readonly<Record<string, FieldReader<unknown>>>

/** What a form's fields give when nothing is wrong. */
export type Values<F extends Fields> = {
  readonly [K in keyof F]: Exclude<ReturnType<F[K]>, Problem>
}
/** What is wrong, by field; empty when nothing is. */
export type Problems<F extends Fields> = { readonly [K in keyof F]?: string }
/** The fields as they were filled in, to be shown again. */
export type Texts<F extends Fields> = { readonly [K in keyof F]: string }

/** A form that was read. */
export type FormResult<F extends Fields> =
  | {
      readonly ok: true
      readonly values: Values<F>
      readonly texts: Texts<F>
      readonly problems: Problems<F>
    }
  | { readonly ok: false; readonly texts: Texts<F>; readonly problems: Problems<F> }

/** Reads a submitted body, or a query, against the fields of a form. A field that is missing, or given twice, counts as empty. */
export function readForm<F extends Fields>(fields: F, submitted: unknown): FormResult<F> {
  const texts: Record<string, string> = {}
  const values: Record<string, unknown> = {}
  const problems: Record<string, string> = {}
  for (const [name, read] of Object.entries(fields)) {
    texts[name] = textOf(submitted, name)
    const value = read(texts[name])
    if (value instanceof Problem) problems[name] = value.message
    else values[name] = value
  }
  const ok = Object.keys(problems).length === 0
  return { ok, values, texts, problems } as FormResult<F>
}

/** Somebody changed what the wiki itself wrote into a link or a hidden field; answered as 400. */
export class TamperedFieldsError extends Error {
  readonly statusCode = 400
}

/** Reads fields that nobody fills in by hand. @throws {TamperedFieldsError} When something is wrong with one. */
export function valuesOf<F extends Fields>(fields: F, submitted: unknown): Values<F> {
  const form = readForm(fields, submitted)
  if (form.ok) return form.values
  throw new TamperedFieldsError(
    `Cannot read ${Object.keys(form.problems).join(', ')}: not as the wiki's own links and forms have it.`,
  )
}

function textOf(submitted: unknown, name: string): string {
  if (typeof submitted !== 'object' || submitted === null || !Object.hasOwn(submitted, name))
    return ''
  const text: unknown = Reflect.get(submitted, name)
  return typeof text === 'string' ? text : ''
}
