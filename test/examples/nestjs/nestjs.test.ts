import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { programOf } from '../../../tools/compile-example.ts'
import { databases, type DatabaseKind } from '../../support/databases.ts'
import { addressOf, endsCleanly, start, type Program } from '../support/program.ts'
import { Visitor, type Answer } from '../support/visitor.ts'

describe('the bank', () => {
  // In another process a PGlite in memory takes seconds to start.
  for (const database of databases().filter(({ name }) => name !== 'pglite'))
    describe(`on ${database.name}`, () => transfersMoney(database))
})

interface Account {
  readonly id: number
  readonly balance: number
}

function transfersMoney(database: DatabaseKind): void {
  let program: Program
  let visitor: Visitor
  const endings: (() => Promise<void>)[] = []
  before(async () => {
    const { url, release } = await database.lend()
    endings.push(release)
    const t = { after: (end: () => Promise<void>) => void endings.unshift(end) }
    program = start(t, programOf('nestjs'), { env: { DATABASE_URL: url, PORT: '0' } })
    visitor = new Visitor(await addressOf(program))
  })
  after(async () => {
    for (const end of endings) await end()
  })

  const read = ({ body }: Answer): unknown => JSON.parse(body)
  const open = async (balance: number) =>
    read(await visitor.json('POST', '/accounts', { owner: 'Ann', balance })) as Account
  const balanceOf = async ({ id }: Account) =>
    (read(await visitor.get(`/accounts/${id}`)) as Account).balance
  const transfer = (from: Account, to: Pick<Account, 'id'>, amount: unknown) =>
    visitor.json('POST', '/transfers', { from: from.id, to: to.id, amount })

  it('opens accounts and shows them', async () => {
    const { status, body } = await visitor.json('POST', '/accounts', { owner: 'Ann', balance: 100 })
    assert.equal(status, 201)
    const account = JSON.parse(body) as Account
    assert.deepEqual(account, { id: account.id, owner: 'Ann', balance: 100 })
    assert.deepEqual(read(await visitor.get(`/accounts/${account.id}`)), account)
    assert.deepEqual((read(await visitor.get('/accounts')) as Account[]).at(-1), account)
  })

  it('answers 404 for an account that is not there', async () => {
    const account = await open(100)
    for (const id of ['1000', 'x', '99999999999999999999']) {
      const answer = await visitor.get(`/accounts/${id}`)
      assert.equal(answer.status, 404)
      assert.match(answer.body, /There is no such account\./)
    }
    assert.equal((await transfer(account, { id: 1000 }, 10)).status, 404)
    assert.equal(await balanceOf(account), 100)
  })

  it('moves money, as a whole or not at all', async () => {
    const [from, to] = [await open(100), await open(0)]
    const done = await transfer(from, to, 70)
    assert.equal(done.status, 201)
    const { fromId, toId, amount } = read(done) as Record<string, unknown>
    assert.deepEqual([fromId, toId, amount], [from.id, to.id, 70])
    assert.equal((await transfer(from, to, 31)).status, 409)
    assert.deepEqual([await balanceOf(from), await balanceOf(to)], [30, 70])
  })

  it('counts right when many transfer at once', async () => {
    const [one, other] = [await open(50), await open(50)]
    const amounts = Array.from({ length: 12 }, (_, index) => (index % 3 === 0 ? 10 : -10))
    const answers = await Promise.all(
      amounts.map((amount) =>
        amount > 0 ? transfer(other, one, amount) : transfer(one, other, -amount),
      ),
    )
    const statuses = answers.map(({ status }) => status)
    assert.deepEqual(
      statuses.filter((status) => status !== 201 && status !== 409),
      [],
    )
    const change = amounts
      .filter((_, index) => statuses[index] === 201)
      .reduce((sum, amount) => sum + amount, 0)
    assert.deepEqual([await balanceOf(one), await balanceOf(other)], [50 + change, 50 - change])
  })

  it('refuses what makes no sense', async () => {
    const [one, other] = [await open(100), await open(100)]
    for (const amount of [0, -5, 1.5, 'x', null])
      assert.equal((await transfer(one, other, amount)).status, 400, String(amount))
    assert.equal((await transfer(one, one, 5)).status, 400)
    for (const account of [
      { owner: '', balance: 1 },
      { owner: 'a', balance: -1 },
      { owner: 5, balance: 1 },
      { owner: 'a', balance: 1e12 },
      {},
    ])
      assert.equal((await visitor.json('POST', '/accounts', account)).status, 400)
    assert.deepEqual([await balanceOf(one), await balanceOf(other)], [100, 100])
  })

  it('ends cleanly', () => endsCleanly(program))
}
