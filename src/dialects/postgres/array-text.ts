/** A list as the text of a PostgreSQL array. Every text is quoted, so that none is taken for NULL or a delimiter. */
export function encodeList(members: readonly unknown[]): string {
  return `{${members.map(encodeMember).join(',')}}`
}

function encodeMember(member: unknown): string {
  if (member === null) return 'NULL'
  if (typeof member !== 'string') return `${member as number | bigint | boolean}`
  return `"${member.replace(/["\\]/g, '\\$&')}"`
}

const MEMBER = /[{}]|"((?:[^"\\]|\\[\s\S])*)"|[^{},"]+/g

/** The members of the text of an array; arrays inside it become arrays. Bounds in front, `[0:1]={…}`, are left out. */
export function decodeArray(text: string, decode: (member: string) => unknown): unknown[] {
  const outermost: unknown[] = []
  const open: unknown[][] = [outermost]
  const start = text.startsWith('[') ? text.indexOf('=') + 1 : 0
  for (const [token, quoted] of text.slice(start).matchAll(MEMBER)) {
    if (token === '{') {
      const inner: unknown[] = []
      open.at(-1)?.push(inner)
      open.push(inner)
    } else if (token === '}') open.pop()
    else open.at(-1)?.push(decodeMember(token, quoted, decode))
  }
  return outermost[0] as unknown[]
}

function decodeMember(
  token: string,
  quoted: string | undefined,
  decode: (member: string) => unknown,
): unknown {
  if (quoted !== undefined) return decode(quoted.replace(/\\([\s\S])/g, '$1'))
  return token === 'NULL' ? null : decode(token)
}
