import { describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { open } from './support.ts'

describe('a scope that forks', () => {
  it('lets go of the forks that were closed, however long it lives', async (t) => {
    const { db } = await open(t)
    await db.run(async (scope) => {
      const closedFork = async (): Promise<WeakRef<object>> => {
        const fork = scope.fork()
        await fork.close()
        return new WeakRef(fork)
      }
      const closed = [await closedFork(), await closedFork(), await closedFork()]
      scope.fork()
      await eventually(() => {
        globalThis.gc?.()
        return closed.every((fork) => fork.deref() === undefined)
      })
    })
  })
})
