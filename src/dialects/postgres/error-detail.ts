/** `Key (title, "userId")=(…)` → title, userId; in whatever language it is said. Empty where the key is an expression, or there is none. */
export function columnsOfKey(detail: string | undefined): readonly string[] {
  const [, key] = /\((.*?)\)=\(/.exec(detail ?? '') ?? []
  if (key === undefined) return []
  const columns = [...key.matchAll(/"((?:[^"]|"")+)"|([^",\s]+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
  return columns.some((column) => /[()]/.test(column)) ? [] : columns
}

/** Whether the key of a foreign key's `detail` is that of `table`, and not of the table that it points at: the text names the other one behind the values. */
export function isKeyOf(detail: string | undefined, table: string | undefined): boolean {
  if (detail === undefined || table === undefined) return false
  return !detail.slice(detail.lastIndexOf(')')).includes(table)
}
