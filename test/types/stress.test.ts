import assert from 'node:assert/strict'
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  COMPILERS,
  compile,
  createConsumer,
  temporaryFolder,
  type Compiler,
} from '../support/consumer.ts'
import { denseProject, ringProject, writeProject } from './generated-models.ts'

const compilers = Object.keys(COMPILERS) as Compiler[]

/** What 100 models with use may cost: the counts that the design was measured at, and 5 % for changes of no importance. */
const BUDGET: Readonly<Record<Compiler, number>> = {
  '5.9': 405_670 * 1.05,
  '6.0': 405_672 * 1.05,
  '7.0': 514_661 * 1.05,
}

/** One rule of the model types, broken alone: in the declarations, and where need be in the way that models are written. */
interface Breakage {
  readonly declaration: RegExp
  readonly becomes: string
  readonly models?: (text: string) => string
}
const RULES: Readonly<Record<string, Breakage>> = {
  'R1, no arrow as an argument inside the base expression': {
    declaration: /(function belongsTo<[^(]*>\(target: )ClassOf<E>/,
    becomes: '$1() => ClassOf<E>',
    models: (text) => text.replaceAll(/\(\) => belongsTo\((\w+)\)/g, 'belongsTo(() => $1)'),
  },
  'R2, no contextual signature for arrows in the constraint of a definition': {
    declaration: /Column<any, any> \| Function\b/,
    becomes: 'Column<any, any> | (() => any)',
  },
  'R3, a class is recognised by its prototype and not by its constructor': {
    declaration: /interface ClassOf<out E> \{[^}]*\}/,
    becomes: 'type ClassOf<E> = (abstract new (...args: any) => E) & { readonly $name: string }',
  },
  'R4, keys are known without evaluating a relation': {
    declaration: /(type Fields<D> = \{\s*\[K in keyof D)\]/,
    becomes:
      '$1 as D[K] extends () => infer R ? (R extends BelongsTo<any, any> | HasMany<any> | HasOne<any> ? K : never) : K]',
  },
}

describe('the types of models', () => {
  const folder = temporaryFolder()

  before(() => createConsumer(folder, ['expect-type']))
  after(() => rmSync(folder, { recursive: true, force: true }))

  function projectOf(files: ReturnType<typeof denseProject>): string {
    const project = join(folder, 'project')
    rmSync(project, { recursive: true, force: true })
    writeProject(project, files)
    return project
  }

  for (const compiler of compilers) {
    it(`hold what the type tests promise, on TypeScript ${compiler}`, async () => {
      const project = join(folder, 'expectations')
      mkdirSync(project, { recursive: true })
      for (const file of ['example.ts', 'expectations.ts', 'databases.ts', 'inheritance.ts']) {
        copyFileSync(join('test/types', file), join(project, file))
      }
      const { errors } = await compile(project, compiler, { skipLibCheck: false })
      assert.deepEqual(errors, [])
    })

    it(`check a ring of 600 models on TypeScript ${compiler}`, async () => {
      const { errors } = await compile(projectOf(ringProject(600)), compiler)
      assert.deepEqual(errors, [])
    })

    it(`check 100 densely linked models with use within their budget on TypeScript ${compiler}`, async (t) => {
      const { errors, instantiations } = await compile(projectOf(denseProject(100)), compiler)
      t.diagnostic(`TypeScript ${compiler}: ${instantiations} instantiations`)
      assert.deepEqual(errors, [])
      assert.ok(instantiations > 100_000, 'the compiler must have read the models')
      assert.ok(
        instantiations <= BUDGET[compiler],
        `${instantiations} instantiations, budget ${BUDGET[compiler]}`,
      )
    })
  }

  for (const [rule, { declaration, becomes, models }] of Object.entries(RULES)) {
    it(`do not survive without ${rule}`, async () => {
      const files = globSync(join(folder, 'node_modules/athanor/dist/**/*.d.ts')).filter((file) =>
        declaration.test(readFileSync(file, 'utf8')),
      )
      const [file = ''] = files
      assert.equal(files.length, 1, 'the declaration that the rule is about must be found once')
      const intact = readFileSync(file, 'utf8')
      writeFileSync(file, intact.replace(declaration, becomes))
      try {
        const broken = denseProject(100).map(({ name, text }) => ({
          name,
          text: models?.(text) ?? text,
        }))
        const { errors } = await compile(projectOf(broken), '6.0')
        assert.notDeepEqual(errors, [])
      } finally {
        writeFileSync(file, intact)
      }
    })
  }
})
