// In front of this stands what a runner calls the five functions; it is otherwise the same for all.
import assert from 'node:assert/strict'
import { testScope } from 'athanor/testing'
import { createApp, db } from './app.js'

const app = createApp()
let scope

beforeAll(async () => {
  await db.createAll()
})
beforeEach(async () => {
  scope = await testScope(db)
})
afterEach(async () => {
  await scope.end()
})
afterAll(async () => {
  await app.close()
})

async function post(name) {
  const { statusCode } = await app.inject({ method: 'POST', url: '/users', payload: { name } })
  return statusCode
}

for (const title of ['first', 'second', 'third']) {
  test(`the ${title} test stores Ann as if she were new`, async () => {
    assert.equal(await post('Ann'), 201)
    assert.notEqual(await post('Ann'), 201)
    const { body } = await app.inject('/users')
    assert.deepEqual(JSON.parse(body), ['Ann'])
  })
}

test('a test scope ends with its block', async () => {
  await scope.end()
  {
    await using own = await testScope(db)
    assert.ok(own)
    assert.equal(await post('Bob'), 201)
  }
  assert.deepEqual(JSON.parse((await app.inject('/users')).body), [])
})
