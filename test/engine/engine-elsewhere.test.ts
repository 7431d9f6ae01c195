import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { MessageChannel } from 'node:worker_threads'
import { openEngine } from './support.ts'

describe('An engine', () => {
  // session 6.18
  it('refuses to be cloned or sent to another thread, and says what to do', (t) => {
    const engine = openEngine(t)
    const { port1, port2 } = new MessageChannel()
    t.after(() => port1.close())
    const advice = {
      name: 'DataCloneError',
      message:
        /Cannot send engine "default" to another thread or process.*Make an engine there, from the same options\./,
    }
    assert.throws(() => structuredClone(engine), advice)
    assert.throws(() => structuredClone({ of: [engine] }), advice)
    assert.throws(() => port1.postMessage({ engine }), advice)
    port2.close()
  })

  it('can be printed and logged all the same', (t) => {
    const engine = openEngine(t)
    assert.match(JSON.stringify({ engine }), /Engine <default: sqlite\+node-sqlite:/)
    assert.match(inspect(engine), /Engine/)
  })
})
