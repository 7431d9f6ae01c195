import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { columnTypes, varcharType } from '../../src/schema/index.ts'
import { createBinder, createRawBinder } from '../../src/sql/index.ts'
import { numbered, questionMarks } from './support.ts'

const refused = { name: 'ArgumentError', code: 'ARGUMENT' }

describe('A binder', () => {
  it('checks the type, then encodes, and lets null pass', () => {
    const bind = createBinder(
      columnTypes.timestamp,
      questionMarks.codec(columnTypes.timestamp),
      'Post.createdAt',
    )
    assert.deepEqual([bind(new Date(0)), bind(null)], ['1970-01-01T00:00:00.000Z', null])
    for (const bad of ['1970-01-01', 0, undefined, new Date(Number.NaN)])
      assert.throws(() => bind(bad), refused)
  })

  it('names the column and what it takes, and never the value', () => {
    const bind = createBinder(varcharType(8), undefined, 'User.password')
    assert.throws(
      () => bind('hunter2 hunter2'),
      (error: Error) => {
        assert.match(error.message, /User\.password.*a string of at most 8 characters/)
        assert.doesNotMatch(error.message, /hunter2/)
        return true
      },
    )
    assert.throws(() => bind(undefined), { ...refused, message: /undefined/ })
    assert.throws(() => bind({ password: 'hunter2' }), {
      ...refused,
      message: /^(?!.*hunter2).*class Object/,
    })
  })

  it('without a type takes values that mean the same everywhere', () => {
    const bind = createBinder(undefined, undefined, 'raw SQL')
    const values = ['x', 1, 1.5, 1n, true, null, new Date(0), new Uint8Array([1])]
    assert.deepEqual(values.map(bind), values)
    for (const bad of [
      undefined,
      Number.NaN,
      Infinity,
      {},
      [],
      () => 1,
      Symbol('x'),
      new Date(Number.NaN),
    ])
      assert.throws(() => bind(bad), refused)
  })

  it('of raw SQL stores values as their natural column type, integers as integers', () => {
    assert.deepEqual(
      [true, new Date(0), 5, 1.5, 'x', null].map(createRawBinder(questionMarks, 'raw SQL')),
      [1n, '1970-01-01T00:00:00.000Z', 5n, 1.5, 'x', null],
    )
    assert.deepEqual([true, 5].map(createRawBinder(numbered, 'raw SQL')), [true, 5])
  })
})
