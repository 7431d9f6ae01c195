import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as fc from 'fast-check'
import { keyWithListSizes } from '../../src/sql/in-list.ts'
import {
  and,
  count,
  createAlias,
  not,
  or,
  sql,
  valuesOf,
  type Expr,
  type SelectStatement,
  type SqlDialect,
  type Statement,
} from '../../src/sql/index.ts'
import {
  c,
  Comment,
  compiledOf,
  numbered,
  Post,
  questionMarks,
  select,
  selectValues,
  sent,
  Tag,
  User,
  type ColumnsOf,
} from './support.ts'

// A recipe says what to build and leaves out the values; building it twice gives two statements of one shape with other values, as two calls of a program do.

/** Gives a value at each place of a recipe that needs one. */
interface Pantry {
  number(): number
  text(): string
  list(length: number): number[]
}
type ConditionRecipe = (post: ColumnsOf<'Post'>, pantry: Pantry) => Expr<boolean>
type Step = (statement: SelectStatement, pantry: Pantry) => SelectStatement

const post = c('Post')

const leaf: fc.Arbitrary<ConditionRecipe> = fc.oneof(
  fc.constantFrom<ConditionRecipe>(
    (p, pantry) => p.views.eq(pantry.number()),
    (p, pantry) => p.views.gt(pantry.number()),
    (p) => p.views.eq(p.id),
    (p) => p.editorId.eq(null),
    (p, pantry) => p.title.contains(pantry.text()),
    (p, pantry) => p.title.like(pantry.text()),
    (p, pantry) => p.author.c.name.eq(pantry.text()),
    (p, pantry) => p.views.between(pantry.number(), pantry.number()),
    (p, pantry) => p.views.plus(pantry.number()).gt(pantry.number()),
    (p, pantry) => p.editorId.coalesce<number | null>(pantry.number()).in([pantry.number(), null]),
    (p, pantry) => p.author.is(new User({ id: pantry.number() })),
    (p, pantry) => p.tags.contains(new Tag({ id: pantry.number() })),
    (p, pantry) => p.tags.any({ name: pantry.text() }),
    (p) => p.comments.none(),
    (p, pantry) => p.comments.count().gt(pantry.number()),
    (p, pantry) =>
      p.authorId.in(selectValues(c('User').id).where(c('User').name.eq(pantry.text())) as never),
    (p, pantry) => sql<boolean>`${p.body} <> ${pantry.text()}`,
    (p, pantry) => sql<boolean>`${p.body} = ${pantry.text()}`,
  ),
  fc.nat(9).map(
    (length): ConditionRecipe =>
      (p, pantry) =>
        p.views.in(pantry.list(length)),
  ),
  fc.nat(9).map(
    (length): ConditionRecipe =>
      (p, pantry) =>
        p.price.notIn(pantry.list(length).map((value) => String(value % 1_000_000))),
  ),
  fc.nat(9).map(
    (length): ConditionRecipe =>
      (p, pantry) =>
        sql<boolean>`${p.id} in ${sql.list(pantry.list(length))}`,
  ),
)

const conditions = fc.letrec<{ condition: ConditionRecipe }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.tuple(tie('condition'), tie('condition')).map(
      ([a, b]): ConditionRecipe =>
        (p, pantry) =>
          and(a(p, pantry), b(p, pantry)),
    ),
    fc.tuple(tie('condition'), tie('condition')).map(
      ([a, b]): ConditionRecipe =>
        (p, pantry) =>
          or(a(p, pantry), b(p, pantry)),
    ),
    tie('condition').map(
      (a): ConditionRecipe =>
        (p, pantry) =>
          not(a(p, pantry)),
    ),
  ),
})).condition

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: conditions.map(
      (condition): Step =>
        (statement, pantry) =>
          statement.where(condition(post, pantry)),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step>(
      (statement) => statement.orderBy(post.views.desc()),
      (statement) => statement.orderBy(post.author.c.name.asc().nullsLast()),
      (statement, pantry) =>
        statement.orderBy(post.editorId.coalesce(pantry.number()).desc().nullsFirst()),
      (statement) => statement.orderByKey(),
      (statement, pantry) => statement.limit(pantry.number()),
      (statement, pantry) => statement.offset(pantry.number()),
      (statement) => statement.distinct(),
      (statement) => statement.forUpdate(),
      (statement) => statement.groupBy(post.authorId),
      (statement, pantry) => statement.having(count().gt(pantry.number())),
      (statement) => statement.leftJoin(post.comments, createAlias(Comment, true)),
      (statement, pantry) => {
        const as = createAlias(Comment, false)
        return statement.join(post.comments, as).where(c('Comment', as).body.eq(pantry.text()))
      },
      (statement, pantry) => {
        const as = createAlias(Post, false)
        return statement
          .join(c('Comment', createAlias(Comment, false)).post, as)
          .where(c('Post', as).title.eq(pantry.text()))
      },
    ),
  },
)

const ends = fc.constantFrom(
  (statement: SelectStatement): Statement => statement,
  (statement: SelectStatement): Statement => statement.asCount(),
  (statement: SelectStatement): Statement => statement.asExists(),
)
const starts = fc.constantFrom(
  (): SelectStatement => select('Post'),
  () => selectValues(post.title, post.author.c.name),
  (): SelectStatement => selectValues(count(), post.views.plus(1)),
)

/** A recipe of a whole statement. */
const recipes = fc
  .tuple(starts, fc.array(steps, { maxLength: 4 }), ends)
  .map(([start, parts, end]) => (pantry: Pantry): Statement => {
    let statement = start()
    for (const part of parts) statement = part(statement, pantry)
    return end(statement)
  })

/** Values that no text of these tests has by itself. */
function pantryOf(seed: number, texts: readonly string[] = []): Pantry {
  let given = 0
  const next = (): number => {
    given += 1
    return seed + given
  }
  return {
    number: next,
    text: () => texts[next() % Math.max(texts.length, 1)] ?? `text ${next()}`,
    list: (length) => Array.from({ length }, next),
  }
}

/** Compiles a statement; undefined when it cannot be, as when its alias is not joined. */
function tryCompile(statement: Statement, dialect: SqlDialect) {
  try {
    const { sql: text } = compiledOf(statement, dialect)
    return {
      key: keyWithListSizes(statement.key, valuesOf(statement), dialect),
      sql: text,
      parameters: sent(statement, dialect).parameters.length,
    }
  } catch (error) {
    assert.equal((error as { readonly code?: string }).code, 'ARGUMENT')
    return undefined
  }
}

for (const dialect of [questionMarks, numbered]) {
  // session 7.20
  it(`statements of one recipe share key and text on ${dialect.name}, whatever their values`, () => {
    fc.assert(
      fc.property(recipes, (recipe) => {
        const first = tryCompile(recipe(pantryOf(7_000)), dialect)
        assert.deepEqual(tryCompile(recipe(pantryOf(9_000)), dialect), first)
      }),
      { numRuns: 400 },
    )
  })

  it(`statements with equal keys have equal text and as many parameters on ${dialect.name}`, () => {
    const seen = new Map<string, { readonly sql: string; readonly parameters: number }>()
    let repeated = 0
    fc.assert(
      fc.property(recipes, (recipe) => {
        const compiled = tryCompile(recipe(pantryOf(7_000)), dialect)
        if (compiled === undefined) return
        const { key, ...facts } = compiled
        const before = seen.get(key)
        if (before !== undefined) {
          repeated += 1
          assert.deepEqual(facts, before)
        }
        seen.set(key, facts)
      }),
      { numRuns: 1_500 },
    )
    assert.ok(repeated > 50, `keys must have met again, and did ${repeated} times`)
    assert.ok(seen.size > 200, `different statements must have been built, and were ${seen.size}`)
    assert.equal(new Set([...seen.values()].map((facts) => facts.sql)).size > 150, true)
  })

  // session 7.14
  it(`no value is in the text on ${dialect.name}, however hostile`, () => {
    const hostile = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom(
        "'; drop table post; --",
        '"',
        '`',
        '%',
        '?',
        '$1',
        '\\',
        "\\'",
        '/*',
        '\0',
        '!%_',
      ),
    )
    fc.assert(
      fc.property(recipes, fc.array(hostile, { minLength: 1, maxLength: 5 }), (recipe, texts) => {
        const harmless = tryCompile(recipe(pantryOf(7_000)), dialect)
        const tried = recipe(pantryOf(918_273_000, texts))
        assert.deepEqual(tryCompile(tried, dialect), harmless)
        if (harmless !== undefined) assert.doesNotMatch(compiledOf(tried, dialect).sql, /918273/)
      }),
      { numRuns: 400 },
    )
  })
}
