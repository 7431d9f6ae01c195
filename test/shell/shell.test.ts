import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { startShell } from 'athanor/shell'
import { open, titles } from '../app/support.ts'
import { eventually } from '../support/eventually.ts'

/** A shell to type into, line by line; gives what each line printed. */
async function shellOf(t: TestContext) {
  const { db, log } = await open(t)
  const [input, output] = [new PassThrough(), new PassThrough()]
  let printed = ''
  output.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const left = startShell(db, { input, output, context: { answer: 42 } })
  const type = async (line: string): Promise<string> => {
    printed = ''
    input.write(`${line}\n`)
    await eventually(() => printed.endsWith('athanor> '))
    return printed.replace(/\nathanor> $/, '')
  }
  await eventually(() => printed === 'athanor> ')
  return { db, log, type, leave: () => (input.end('.exit\n'), left) }
}

describe('the shell', () => {
  // web 97
  it('has db, its session and every model by name, in an open scope, with await at the top', async (t) => {
    const { type, leave } = await shellOf(t)
    assert.equal(await type('db.scope.name'), "'shell'")
    assert.equal(await type('session === db.session'), 'true')
    assert.equal(await type('[Post, Author, Tag].map(String).length + answer'), '45')
    assert.equal(await type('await Post.query().count()'), '0')
    assert.match(await type("session.add(new Post({ title: 'a' }))"), /^<Post \(pending \d+\)>$/)
    assert.equal(await type("(await Post.query().where({ title: 'a' }).one()).id"), '1')
    await leave()
  })

  // web 97
  it('commits and rolls back by command, and goes on after errors', async (t) => {
    const { db, type, leave } = await shellOf(t)
    await type("session.add(new Post({ title: 'kept' }))")
    assert.equal(await type('.commit'), 'Committed.')
    assert.deepEqual(await titles(db), ['kept'])
    await type("session.add(new Post({ title: 'dropped' }))")
    assert.equal(await type('.rollback'), 'Rolled back.')
    await type("session.add(new Post({ title: 'kept' }))")
    assert.match(await type('.commit'), /UniqueViolationError: .*"title"/)
    assert.equal(await type('.rollback'), 'Rolled back.')
    assert.match(await type('await Post.query().where({ titel: 1 }).all()'), /titel/)
    assert.equal(await type('await Post.query().count()'), '1')
    await leave()
  })

  it('has its names again after .clear, and none that the lines have made', async (t) => {
    const { type, leave } = await shellOf(t)
    await type('var own = 1')
    await type('.clear')
    assert.equal(await type('db.scope.name + answer + typeof own'), "'shell42undefined'")
    await leave()
  })

  // web 97
  it('rolls back what was not committed when it is left, and says so', async (t) => {
    const { db, log, type, leave } = await shellOf(t)
    await type("session.add(new Post({ title: 'forgotten' }))")
    await leave()
    assert.deepEqual(await titles(db), [])
    assert.equal(log.of('ATHANOR_DISCARDED_CHANGES').length, 1)
    assert.equal(db.engine.status.inUse, 0)
  })
})
