import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { databases } from '../support/databases.ts'
import { expectedFiles, File, Folder, Label, Run, storedFiles, type Step } from './world.ts'

/** Random programs: parts that end with a commit or a rollback. */
const place = fc.nat({ max: 30 })
const simple = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('add'), kind: fc.nat({ max: 2 }), at: place }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('rename', 'delete', 'addAgain'), pick: place }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('move', 'label'), pick: place, to: place }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('flush', 'count') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clash') }) },
) as fc.Arbitrary<Step>
const { steps: parts } = fc.letrec<{ steps: Step[]; nested: Step }>((tie) => ({
  steps: fc.array(fc.oneof({ depthSize: 'small', withCrossShrink: true }, simple, tie('nested')), {
    maxLength: 7,
  }),
  nested: fc.record({
    do: fc.constant('nested' as const),
    steps: tie('steps'),
    fails: fc.boolean(),
  }),
}))
const end = fc.record({ do: fc.constantFrom('commit', 'rollback') }) as fc.Arbitrary<Step>
const programs = fc
  .array(fc.tuple(parts, end), { minLength: 1, maxLength: 4 })
  .map((pairs) => pairs.flatMap(([before, after]) => [...before, after]))

for (const database of databases()) {
  describe(`any sequence of steps on ${database.name}`, () => {
    // session 2.18
    // session 2.32
    // session 2.34
    it('leaves objects and rows as a plain model says', async (t) => {
      const { session } = await database.open(t, { Folder, File, Label })
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
