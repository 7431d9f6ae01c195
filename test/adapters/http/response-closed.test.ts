import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { responseClosed } from '../../../src/adapters/http/index.ts'
import { open, Post, titles } from '../../app/support.ts'

describe('responseClosed', () => {
  it('commits nothing for a reply that was sent before anybody settled, and reports what is lost', async (t) => {
    const { db, log } = await open(t)
    const closed = new Promise<boolean>((resolve) =>
      db.on('teardown', ({ committed }) => resolve(committed)),
    )
    const scope = db.openScope({ commit: 'onSuccess', name: 'GET /' })
    scope.run(() => db.session.add(new Post({ title: 'lost' })))
    responseClosed(scope, { status: 200, ended: true }, {})
    assert.equal(await closed, false)
    assert.equal(log.of('ATHANOR_COMMIT_REFUSED').length, 1)
    assert.deepEqual(await titles(db), [])
  })

  it('ends a scope whose policy throws, and tells the listeners', async (t) => {
    const { db } = await open(t)
    const broken = new Error('the policy is broken')
    const heard = new Promise<unknown>((resolve) =>
      db.on('teardown', ({ error }) => resolve(error)),
    )
    const scope = db.openScope({
      commit: () => {
        throw broken
      },
    })
    scope.run(() => db.session)
    responseClosed(scope, { status: 200, ended: true }, {})
    assert.equal(await heard, broken)
    assert.equal(scope.closed, true)
  })
})
