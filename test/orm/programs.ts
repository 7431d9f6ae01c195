import fc from 'fast-check'
import type { Step } from './world.ts'

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
/** Random programs: parts that end with a commit or a rollback. */
export const programs: fc.Arbitrary<Step[]> = fc
  .array(fc.tuple(parts, end), { minLength: 1, maxLength: 4 })
  .map((pairs) => pairs.flatMap(([before, after]) => [...before, after]))
