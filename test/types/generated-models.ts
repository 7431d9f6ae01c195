import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One file of a generated project. */
interface SourceFile {
  readonly name: string
  readonly text: string
}

const IMPORTS = 'Model, belongsTo, boolean, hasMany, id, int, json, oneOf, text, timestamp, varchar'

/** A model with 12 columns and 4 relations: two to one, two to many, each to another model. */
function denseModel(n: number, count: number, library: string): string {
  const at = (distance: number): number => (n + distance + count) % count
  const [left, right, lefts, rights] = [at(1), at(7), at(-1), at(-7)]
  const targets = [...new Set([left, right, lefts, rights])].filter((target) => target !== n)
  return `import { ${IMPORTS} } from '${library}'
import type { Session } from '${library}'
${targets.map((target) => `import { M${target} } from './m${target}.ts'`).join('\n')}
export class M${n} extends Model({
  id: id(),
  name: varchar(80).unique(),
  body: text(),
  note: text().nullable(),
  views: int().default(0),
  rank: int().index(),
  published: boolean().default(false),
  role: oneOf('reader', 'editor').default('reader'),
  settings: json<{ theme: string }>().nullable(),
  createdAt: timestamp().default(() => new Date()),
  leftId: int(),
  rightId: int().nullable(),
  left: () => belongsTo(M${left}),
  right: () => belongsTo(M${right}),
  lefts: () => hasMany(M${lefts}, 'left'),
  rights: () => hasMany(M${rights}, 'right'),
}) {}
`
}

/** What an application does with a model: get, select with conditions and relations, projection, construction. */
function useOf(n: number): string {
  return `export async function use${n}(session: Session) {
  const one = await session.get(M${n}, 1)
  const rows = await session.select(M${n}).where({ published: true, rank: [1, 2] }, M${n}.c.views.gt(10)).with('left', 'lefts.right').orderBy(M${n}.c.createdAt.desc()).all()
  const names = rows.map((row) => [row.left.name, row.lefts[0]?.right?.name])
  const values = await session.select({ name: M${n}.c.name, left: M${n}.c.left.c.name, right: M${n}.c.right.c.name }).all()
  const made = new M${n}({ name: 'x', body: 'y', rank: 1, leftId: 1 })
  return [one?.name, names, values[0]?.right, made.left.id]
}
`
}

function databaseOf(count: number, library: string): string {
  const all = Array.from({ length: count }, (_, n) => n)
  return `import { Database } from '${library}'
${all.map((n) => `import { M${n} } from './m${n}.ts'`).join('\n')}
export const db = new Database({ url: 'sqlite::memory:', models: { ${all.map((n) => `M${n}`).join(', ')} } })
`
}

/** 100 models or so, one file each, densely linked, with use: what spec sheets of type checkers are made of. */
export function denseProject(count: number, library = 'athanor'): readonly SourceFile[] {
  const all = Array.from({ length: count }, (_, n) => n)
  return [
    ...all.map((n) => ({ name: `m${n}.ts`, text: `${denseModel(n, count, library)}${useOf(n)}` })),
    { name: 'db.ts', text: databaseOf(count, library) },
  ]
}

/** A ring: every model belongs to the next, and the last to the first. The longest chain that a checker can be led along. */
export function ringProject(count: number, library = 'athanor'): readonly SourceFile[] {
  const all = Array.from({ length: count }, (_, n) => n)
  const model = (n: number): string => {
    const [next, previous] = [(n + 1) % count, (n - 1 + count) % count]
    return `import { Model, belongsTo, hasMany, id, int, text } from '${library}'
import { M${next} } from './m${next}.ts'
import { M${previous} } from './m${previous}.ts'
export class M${n} extends Model({
  id: id(),
  name: text(),
  nextId: int(),
  next: () => belongsTo(M${next}),
  previous: () => hasMany(M${previous}, 'next'),
}) {}
`
  }
  return [
    ...all.map((n) => ({ name: `m${n}.ts`, text: model(n) })),
    { name: 'db.ts', text: databaseOf(count, library) },
  ]
}

/** Writes a project into a folder. */
export function writeProject(folder: string, files: readonly SourceFile[]): void {
  mkdirSync(folder, { recursive: true })
  for (const { name, text } of files) writeFileSync(join(folder, name), text)
}
