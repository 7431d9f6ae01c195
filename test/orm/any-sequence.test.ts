import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { databases } from '../support/databases.ts'
import { programs } from './programs.ts'
import { expectedFiles, File, Folder, Label, Picture, Run, storedFiles } from './world.ts'

for (const database of databases()) {
  describe(`any sequence of steps on ${database.name}`, () => {
    // session 2.18
    // session 2.32
    // session 2.34
    it('leaves objects and rows as a plain model says', async (t) => {
      const { session } = await database.open(t, { Folder, File, Picture, Label })
      const program = fc.asyncProperty(programs, async (steps) => {
        await using cleaner = session()
        await cleaner.deleteFrom(File).everyRow()
        await cleaner.deleteFrom(Folder).everyRow()
        await cleaner.deleteFrom(Label).everyRow()
        await cleaner.commit()
        await using own = session()
        const run = new Run(own)
        await run.steps(steps)
        await using reader = session()
        assert.deepEqual(await storedFiles(reader), expectedFiles(run.committed))
      })
      await fc.assert(program, { numRuns: 120 })
    })
  })
}
