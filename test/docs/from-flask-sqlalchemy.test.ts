import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import * as athanor from 'athanor'
import * as fastify from 'athanor/fastify'
import * as shell from 'athanor/shell'
import * as testing from 'athanor/testing'

const { Database, Model, id, manyToMany, varchar } = athanor

class Post extends Model({
  id: id(),
  title: varchar(200),
  tags: () => manyToMany(Tag, { through: 'post_tags' }),
}) {}
class Tag extends Model({
  id: id(),
  name: varchar(40),
  posts: () => manyToMany(Post, { inverse: 'tags' }),
}) {}

interface Row {
  readonly name: string
  readonly versions: string
  readonly ours: string
  readonly difference: string
}

/** The rows of all tables that have a column of versions. */
function rowsOf(page: string): Row[] {
  return [...page.matchAll(/^\| `([^`]+)` \| ([\d., ]+) \| (.*?) \| (.*?) ?\|$/gm)].map(
    ([, name = '', versions = '', ours = '', difference = '']) => ({
      name,
      versions,
      ours,
      difference,
    }),
  )
}

/** The names of ours that a cell mentions: `db.session.commit()` is `db.session.commit`. Types and calls are shortened to what they name. */
function oursIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => {
    const [, path = code] =
      /^(?:new |await |class \w+ extends )?([A-Za-z_$][\w$]*(?:\.[\w$]+)*)/.exec(code) ?? []
    return path
  })
}

/** Whether a name of ours exists. */
type Exists = (name: string) => boolean

/** Everything in which the names of Flask-SQLAlchemy, the page and the package disagree. */
function disagreements(
  page: string,
  names: Readonly<Record<string, readonly string[]>>,
  exists: Exists,
): string[] {
  const rows = rowsOf(page)
  const faults: string[] = []
  for (const [name, versions] of Object.entries(names)) {
    const own = rows.filter((row) => row.name === name)
    if (own.length !== 1) faults.push(`${name} has ${own.length} rows`)
    for (const row of own)
      if (row.versions !== versions.join(', ')) faults.push(`${name} is of ${versions.join(', ')}`)
  }
  for (const { name } of rows)
    if (!(name in names)) faults.push(`${name} is no name of Flask-SQLAlchemy`)
  return [...faults, ...rows.flatMap((row) => faultsOf(row, exists))]
}

/** What is wrong with a row's side of athanor. */
function faultsOf({ name, ours, difference }: Row, exists: Exists): string[] {
  if (ours === 'dropped') return difference === '' ? [`${name} is dropped without a reason`] : []
  const mentioned = oursIn(ours)
  if (mentioned.length === 0) return [`${name} has nothing of ours`]
  if (ours.startsWith('not yet: '))
    return mentioned.filter(exists).map((own) => `${own} exists, say so`)
  return mentioned.filter((own) => !exists(own)).map((own) => `${own} does not exist`)
}

/** Follows `a.b.c` from an object that is in use, accessors included. */
function isReachable(root: object, path: readonly string[]): boolean {
  let value: unknown = root
  for (const key of path) {
    if (typeof value !== 'object' && typeof value !== 'function') return false
    if (value === null || !(key in value)) return false
    value = Reflect.get(value, key)
  }
  return true
}

/** Whether a Database knows all options that it is given. */
function knows(options: object): boolean {
  try {
    const db = new Database({ url: 'sqlite::memory:', models: {}, ...options })
    return db.engines.size > 0
  } catch (error) {
    return (error as { code?: string }).code !== 'UNKNOWN_OPTION'
  }
}

describe('the table in docs/from-flask-sqlalchemy.md', () => {
  const page = readFileSync('docs/from-flask-sqlalchemy.md', 'utf8')
  const names = JSON.parse(readFileSync('test/docs/flask-sqlalchemy-names.json', 'utf8')) as Record<
    string,
    readonly string[]
  >
  const types = new Set(
    [...readFileSync('test/public-api.txt', 'utf8').matchAll(/^ {2}\w+ (\w+)$/gm)].map(
      ([, name]) => name,
    ),
  )
  const known = new Set<string>()

  // Everything is asked once, while a scope is open: what `db.scope` leads to exists only then.
  before(async () => {
    await using db = new Database({
      url: 'sqlite::memory:',
      models: { Post, Tag },
      recordQueries: true,
    })
    await db.createAll()
    const options = db.engine.describeOptions().map(({ name }) => name)
    await db.run(async (scope) => {
      const post = new Post({ title: 'Hello' })
      const query = Post.query()
      const roots: Record<string, object> = {
        db,
        scope,
        session: db.session,
        engine: db.engine,
        Post,
        post,
        many: post.tags,
        query,
        page: await query.paginate(),
        entry: scope.queries[0] ?? {},
      }
      for (const ours of rowsOf(page).flatMap((row) => oursIn(row.ours))) {
        const [first = '', ...rest] = ours.split('.')
        const root = roots[first]
        const exists =
          root === undefined
            ? isReachable({ ...fastify, ...shell, ...testing, ...athanor }, ours.split('.')) ||
              types.has(ours) ||
              options.includes(ours) ||
              knows({ [ours]: undefined }) ||
              knows({ engineOptions: { [ours]: null } })
            : isReachable(root, rest)
        if (exists) known.add(ours)
      }
    })
  })

  // seed 2
  it('has one row for every public name of Flask-SQLAlchemy 2.3 and 3.1, and nothing of ours that does not exist', () => {
    assert.ok(Object.keys(names).length > 100)
    assert.deepEqual(
      disagreements(page, names, (name) => known.has(name)),
      [],
    )
  })

  const row = '| `Query` | 2.3, 3.1 | `db.select` | shorter |\n'
  const list = { Query: ['2.3', '3.1'] }
  const planted: readonly (readonly [fault: string, page: string])[] = [
    ['Query has 0 rows', ''],
    ['Query has 2 rows', row + row],
    ['Query is of 2.3, 3.1', row.replace('2.3, 3.1', '3.1')],
    ['Other is no name of Flask-SQLAlchemy', row + row.replace('Query', 'Other')],
    ['db.selects does not exist', row.replace('db.select', 'db.selects')],
    ['Query has nothing of ours', row.replace('`db.select`', 'soon')],
    ['Query is dropped without a reason', row.replace('`db.select` | shorter', 'dropped | ')],
    ['db.select exists, say so', row.replace('`db.select`', 'not yet: `db.select`')],
  ]

  it('is accepted when all agree', () => {
    assert.deepEqual(
      disagreements(row, list, (name) => name === 'db.select'),
      [],
    )
  })

  for (const [fault, wrong] of planted) {
    it(`is found out: ${fault}`, () => {
      assert.deepEqual(
        disagreements(wrong, list, (name) => name === 'db.select'),
        [fault],
      )
    })
  }
})
