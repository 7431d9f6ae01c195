import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  choice,
  count,
  line,
  location,
  paragraphs,
  tags,
} from '../../../examples/wiki/web/fields.ts'
import { readForm, valuesOf } from '../../../examples/wiki/web/form.ts'

const FIELDS = {
  location,
  title: line('The title', { min: 1, max: 10 }),
  body: paragraphs('The text', { min: 0, max: 20 }),
  tags,
  version: count(0),
  action: choice(['save', 'preview']),
}

describe('a form', () => {
  it('gives typed values when nothing is wrong', () => {
    const form = readForm(FIELDS, {
      location: 'a b',
      title: ' T  t ',
      body: 'x\r\ny',
      tags: 'a,b,a',
      version: '7',
      action: 'preview',
    })
    assert.equal(form.ok, true)
    if (form.ok)
      assert.deepEqual(form.values, {
        location: 'a-b',
        title: 'T t',
        body: 'x\ny',
        tags: ['a', 'b'],
        version: 7,
        action: 'preview',
      })
  })

  it('says what is wrong with each field and keeps the texts', () => {
    const submitted = {
      location: '../x',
      title: '',
      body: 'x'.repeat(21),
      tags: 'x'.repeat(41),
      version: '-1',
      action: 'save',
    }
    const form = readForm(FIELDS, submitted)
    assert.equal(form.ok, false)
    assert.deepEqual(Object.keys(form.problems), ['location', 'title', 'body', 'tags', 'version'])
    assert.deepEqual(form.texts, submitted)
  })

  it('counts a field that is missing, given twice or inherited as empty', () => {
    const form = readForm(
      { title: line('The title', { min: 1, max: 10 }) },
      Object.create({ title: 'inherited' }) as object,
    )
    assert.deepEqual(form.problems, { title: 'The title is missing.' })
    assert.deepEqual(
      readForm({ title: line('The title', { min: 1, max: 10 }) }, { title: ['a', 'b'] }).texts,
      { title: '' },
    )
    for (const body of [null, undefined, 'text', 5])
      assert.equal(readForm({ toString: line('It', { min: 1, max: 9 }) }, body).ok, false)
  })

  it('takes the first choice for one that does not exist', () => {
    assert.deepEqual(valuesOf({ action: choice(['save', 'preview']) }, { action: 'drop' }), {
      action: 'save',
    })
  })

  it('takes only plain whole numbers', () => {
    for (const text of ['+1', ' 1', '1e3', '0x2', '2.5', '٣', '9999999999'])
      assert.throws(() => valuesOf({ page: count(1) }, { page: text }), { statusCode: 400 })
    assert.deepEqual(valuesOf({ page: count(1) }, {}), { page: 1 })
  })
})
