import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { columnTypes } from '../../src/schema/index.ts'
import {
  ColumnExpression,
  SelectStatement,
  sql,
  count,
  createAlias,
  InsertStatement,
  Source,
  StatementCache,
  valuesOf,
  type Statement,
} from '../../src/sql/index.ts'
import {
  c,
  catalog,
  Comment,
  Line,
  Post,
  questionMarks,
  select,
  selectValues,
  Tag,
  User,
} from './support.ts'

const post = c('Post')

function createCache(limit?: number) {
  const cache = new StatementCache(limit)
  const find = (statement: Statement) =>
    cache.get(statement, valuesOf(statement), questionMarks, catalog)
  return { cache, find }
}

describe('The statement cache', () => {
  // session 7.20
  it('finds the text of equal statements from different places, and compiles each shape once', () => {
    const { cache, find } = createCache()
    const first = find(select('Post').where(post.authorId.eq(3)).orderBy(post.id).limit(100))
    const second = find(select('Post').where(post.authorId.eq(4)).orderBy(post.id).limit(5))
    assert.equal(first, second)
    find(select('Post').where(post.authorId.eq(4)).limit(5))
    assert.deepEqual([cache.hits, cache.misses, cache.size], [1, 2, 2])
    cache.clear()
    assert.equal(cache.size, 0)
  })

  // session 7.12
  it('keeps 500 texts unless told otherwise, those that were used last, and never a value', () => {
    const { cache, find } = createCache()
    const shapes = Array.from({ length: 501 }, (_, n) =>
      selectValues(...Array.from({ length: n + 1 }, () => post.id)),
    )
    for (const shape of shapes) find(shape)
    assert.deepEqual([cache.size, cache.misses], [500, 501])
    find(shapes[0] ?? select('Post'))
    assert.equal(cache.misses, 502)
    assert.equal(find(shapes[500] ?? select('Post')).sql.length > 0 && cache.misses, 502)
  })

  // session 7.22
  it('does not freeze LIMIT at its first value', () => {
    const { find } = createCache()
    const statement = (limit: number): Statement => select('Post').limit(limit).offset(limit)
    find(statement(10))
    const compiled = find(statement(20))
    assert.doesNotMatch(compiled.sql, /\d0/)
    assert.deepEqual(compiled.bind(valuesOf(statement(20))), [20, 20])
  })

  // session 7.22
  it('does not write booleans and words of a set into the text', () => {
    const { cache, find } = createCache()
    for (const [published, role] of [
      [true, 'admin'],
      [false, 'reader'],
    ] as const) {
      find(select('Post').where(post.published.eq(published), post.author.c.role.eq(role)))
    }
    assert.equal(cache.size, 1)
  })

  // session 7.22
  it('keeps neither the objects of the program nor their values alive', () => {
    const { cache, find } = createCache()
    const ada = new User({ id: 1 })
    const statement = select('Post').where(
      post.author.is(ada),
      post.title.eq('a secret'),
      post.tags.any({ name: 'another' }),
    )
    const compiled = find(statement)
    assert.doesNotMatch(statement.key, /secret|another/)
    assert.deepEqual(compiled.bind([new User({ id: 9 }), 'b', 'c']), [9, 'b', 'c'])
    assert.equal(
      find(
        select('Post').where(
          post.author.is(new User({ id: 9 })),
          post.title.eq('b'),
          post.tags.any({ name: 'c' }),
        ),
      ),
      compiled,
    )
    assert.equal(cache.misses, 1)
  })

  // session 7.22
  it('does not grow with the number of inserted rows of one batch size', () => {
    const { cache, find } = createCache()
    for (let n = 0; n < 20; n += 1)
      find(
        InsertStatement.of(
          Source.of(Tag),
          ['name'],
          Array.from({ length: 50 }, () => [`tag ${n}`]),
        ),
      )
    assert.deepEqual([cache.size, cache.hits], [1, 19])
  })

  it('finds a statement whose alias is made anew for each call', () => {
    const { cache, find } = createCache()
    for (let n = 0; n < 3; n += 1) {
      const as = createAlias(Comment, true)
      find(selectValues(post.title, c('Comment', as).body).leftJoin(post.comments, as))
    }
    assert.equal(cache.size, 1)
  })

  it('tells two aliases of one model apart', () => {
    const swapped = ([first, second]: readonly Source[], condition: 0 | 1): Statement => {
      const sources = [first, second].map((source) => source ?? Source.of(Comment))
      const [left, right] = sources.map((source) => c('Comment', source))
      return selectValues(c('Comment').id)
        .join(c('Comment').parent, sources[0])
        .join((left ?? c('Comment')).parent, sources[1])
        .where(((condition === 0 ? left : right) ?? c('Comment')).body.eq('x'))
    }
    const pair = (): Source[] => [createAlias(Comment, false), createAlias(Comment, false)]
    assert.equal(swapped(pair(), 0).key, swapped(pair(), 0).key)
    assert.notEqual(swapped(pair(), 0).key, swapped(pair(), 1).key)
  })
})

describe('A key', () => {
  // session 7.13
  it('differs wherever the text does', () => {
    const line = Source.of(Line)
    const statements: Statement[] = [
      select('Post'),
      select('User'),
      SelectStatement.of([{ kind: 'entity', source: Source.of(Post) }]),
      SelectStatement.of([{ kind: 'entity', source: Source.of(Post), columns: ['title'] }]),
      selectValues(sql`x@7`),
      selectValues(sql`x@8`),
      selectValues(post.id),
      selectValues(post.id, post.title),
      selectValues(post.title, post.id),
      selectValues(count(post.id)),
      select('Post').where(post.views.eq(1)),
      select('Post').where(post.views.ne(1)),
      select('Post').where(post.id.eq(1)),
      select('Post').where(post.views.eq(null)),
      select('Post').where(post.views.in([1])),
      select('Post').where(post.views.in([1, null])),
      select('Post').where(post.views.notIn([1])),
      select('Post').where(post.views.eq(1), post.id.eq(1)),
      select('Post').where(post.views.eq(post.id)),
      select('Post').where(post.author.c.name.eq('x')),
      select('Post').where(post.editor.c.name.eq('x')),
      select('Post').where(post.author.is(new User({ id: 1 }))),
      select('Post').where(post.editor.is(null)),
      select('Post').where(post.tags.any()),
      select('Post').where(post.tags.any({ id: 1 })),
      select('Post').where(post.tags.any({ name: 'x' })),
      select('Post').where(post.tags.none()),
      select('Post').join(post.tags),
      select('Post').leftJoin(post.tags),
      select('Post').join(post.comments),
      select('Post').orderBy(post.views),
      select('Post').orderBy(post.views.desc()),
      select('Post').orderBy(post.views.asc().nullsLast()),
      select('Post').orderByKey(),
      select('Post').groupBy(post.views),
      select('Post').groupBy(post.views).having(count().gt(1)),
      select('Post').distinct(),
      select('Post').limit(1),
      select('Post').offset(1),
      select('Post').limit(1).offset(1),
      select('Post').forUpdate(),
      select('Post').forUpdate({ skipLocked: true }),
      selectValues(count()).from(Source.of(Post)),
      selectValues(count()).from(line),
    ]
    assert.equal(new Set(statements.map(({ key }) => key)).size, statements.length)
  })

  it('is the same for an ascending order, said or not', () => {
    assert.equal(
      select('Post').orderBy(post.views).key,
      select('Post').orderBy(post.views.asc()).key,
    )
  })

  it('cannot be forged by names: whatever a column is called, its key is no other expression', () => {
    const source = Source.of(Post)
    const names = [
      'a',
      'a,b',
      'a=b',
      'a)',
      '(a',
      'a@1',
      'a>b',
      'a.b',
      'a|W',
      'a%',
      '%2c;',
      'a[]',
      'a?',
      'ä',
      'ab',
    ]
    const steps = names.map((name) => source.related(name, User).key)
    const properties = names.map((name) => new ColumnExpression(source, name, columnTypes.text).key)
    assert.equal(new Set([...steps, ...properties]).size, 2 * names.length)
    for (const key of [...steps, ...properties]) assert.match(key, /^m\d+[>.][\w$%;]+$/)
  })
})
