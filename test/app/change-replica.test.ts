import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Change, type Database, type RowChange } from 'athanor'
import { programs } from '../orm/programs.ts'
import { File, Folder, Label, Picture, Run } from '../orm/world.ts'
import { databases } from '../support/databases.ts'

interface Values {
  readonly [property: string]: unknown
  readonly table?: string
  readonly id?: number
  readonly name?: string
  readonly folderId?: number | null
  readonly caption?: string
}

/** A copy of the stored rows that is made of nothing but what listeners are told. */
class Replica {
  readonly #rows = new Map<string, Values>()

  /** Rows of models; what ON DELETE does to association rows is told to nobody. */
  get rows(): readonly Values[] {
    return [...this.#rows.values()]
  }

  apply(changes: readonly Change[]): void {
    const rows = changes.filter((change): change is RowChange => change.kind !== 'bulk')
    const keys = rows.map(({ table, identity }) => JSON.stringify([table, identity]))
    assert.equal(new Set(keys).size, keys.length, 'a row is told once')
    for (const [i, change] of rows.entries())
      if (change.model !== undefined) this.#applyRow(keys[i] ?? '', change)
  }

  #applyRow(key: string, { kind, table, columns }: RowChange): void {
    const before = this.#rows.get(key)
    assert.equal(before === undefined, kind === 'insert', `${kind} ${key}`)
    const entries = Object.entries(columns)
    for (const [name, { old }] of entries) assert.deepEqual(old, before?.[name], `${key} ${name}`)
    if (kind === 'update')
      for (const [name, change] of entries) assert.notDeepEqual(change.new, change.old, name)
    const after = Object.fromEntries(entries.map(([name, change]) => [name, change.new]))
    if (kind === 'delete') this.#rows.delete(key)
    else this.#rows.set(key, { table, ...before, ...after })
  }
}

/** What is stored, in the form of the replica. */
async function storedRows(db: Database): Promise<Values[]> {
  return db.run(async ({ session }) => {
    return [
      ...(await session.select({ id: Folder.c.id, name: Folder.c.name }).all()).map((row) => ({
        table: 'folder',
        ...row,
      })),
      ...(await session.select(File).all()).map((file) => {
        const { id, name, folderId } = file
        const row = { table: 'file', id, name, folderId }
        return file instanceof Picture ? { ...row, table: 'picture', caption: file.caption } : row
      }),
      ...(await session.select({ id: Label.c.id, name: Label.c.name }).all()).map((row) => ({
        table: 'label',
        ...row,
      })),
    ]
  })
}

for (const database of databases()) {
  describe(`a replica by change signals on ${database.name}`, () => {
    // web 90
    // web 91
    // web 92
    it('has the rows of the database, whatever was done', async (t) => {
      const faults: unknown[] = []
      const options = {
        trackModifications: true,
        onListenerError: (error: unknown) => void faults.push(error),
      }
      const { db, session } = await database.open(t, { Folder, File, Picture, Label }, options)
      let replica = new Replica()
      db.on('afterCommit', (changes) => replica.apply(changes))
      const program = fc.asyncProperty(programs, async (steps) => {
        await using cleaner = session()
        await cleaner.deleteFrom(File).everyRow()
        await cleaner.deleteFrom(Folder).everyRow()
        await cleaner.deleteFrom(Label).everyRow()
        await cleaner.commit()
        replica = new Replica()
        await using scope = db.openScope()
        await new Run(scope.session).steps(steps)
        await scope.close()
        assert.deepEqual(faults.splice(0), [])
        const inOrder = (rows: readonly Values[]): string[] =>
          rows
            .map(({ table, id, name, folderId, caption }) =>
              [table, id, name, folderId, caption].join(' '),
            )
            .toSorted()
        assert.deepEqual(inOrder(replica.rows), inOrder(await storedRows(db)))
      })
      await fc.assert(program, { numRuns: 12 })
    })
  })
}
