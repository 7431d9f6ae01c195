import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Emitter } from '../../src/events/index.ts'

interface Events {
  readonly named: { readonly name: string }
  readonly other: number
}

function emitter() {
  const reported: [string, unknown][] = []
  return { events: new Emitter<Events>((error, event) => reported.push([event, error])), reported }
}

describe('Emitter', () => {
  it('calls listeners in the order of registration, with what was emitted', () => {
    const { events } = emitter()
    const heard: string[] = []
    events.on('named', ({ name }) => heard.push(`first ${name}`))
    events.on('named', ({ name }) => heard.push(`second ${name}`))
    events.on('other', () => heard.push('other'))
    events.emit('named', { name: 'x' })
    assert.deepEqual(heard, ['first x', 'second x'])
  })

  it('goes on after a listener that throws, and reports what it threw', () => {
    const { events, reported } = emitter()
    const heard: string[] = []
    events.on('other', () => {
      throw new Error('bad listener')
    })
    events.on('other', () => heard.push('second'))
    events.emit('other', 1)
    assert.deepEqual(heard, ['second'])
    assert.deepEqual(
      reported.map(([event, error]) => [event, (error as Error).message]),
      [['other', 'bad listener']],
    )
  })

  it('reports a listener that rejects', async () => {
    const { events, reported } = emitter()
    events.on('other', () => Promise.reject(new Error('later')))
    events.emit('other', 1)
    await setImmediate()
    assert.deepEqual(
      reported.map(([event, error]) => [event, String(error)]),
      [['other', 'Error: later']],
    )
  })

  it('forgets a listener whose registration is disposed of, and only that one', () => {
    const { events } = emitter()
    let calls = 0
    const listener = (): void => void (calls += 1)
    const first = events.on('other', listener)
    events.on('other', listener)
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    events.emit('other', 1)
    assert.equal(calls, 1)
  })

  it('tells whether anybody listens', () => {
    const { events } = emitter()
    assert.equal(events.has('other'), false)
    const registration = events.on('other', () => {})
    assert.equal(events.has('other'), true)
    assert.equal(events.has('named'), false)
    registration[Symbol.dispose]()
    assert.equal(events.has('other'), false)
  })

  it('calls those who listened when the event came: one added or removed by a listener counts from the next on', () => {
    const { events } = emitter()
    const heard: string[] = []
    events.on('other', () => {
      second[Symbol.dispose]()
      events.on('other', () => heard.push('added'))
    })
    const second = events.on('other', () => heard.push('removed'))
    events.emit('other', 1)
    assert.deepEqual(heard, ['removed'])
    events.emit('other', 2)
    assert.deepEqual(heard, ['removed', 'added'])
  })
})
