import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Database } from 'athanor'
import { open } from '../../app/support.ts'
import { install } from './server.ts'

/** A middleware as adapters make it of a Database. */
type Register = (db: Database, options?: object) => unknown

/** What a version of a framework is refused by. */
interface OldVersion {
  readonly title: string
  readonly package: string
  readonly needed: number
  readonly found: string
}

/** The framework is too old. */
export function refusesOldVersion(register: Register, old: OldVersion): void {
  const { title, needed, found } = old
  it(`refuses ${title} before ${needed} by the version that it found and the one that it needs`, async (t) => {
    const { db } = await open(t)
    install(t, old.package, found)
    assert.throws(() => register(db), {
      code: 'CONFIGURATION',
      message: new RegExp(
        `needs ${title} ${needed} or later, and found ${found.replaceAll('.', String.raw`\.`)}`,
      ),
    })
  })
}

/** The registration is wrong. */
export function refusesWrongOptions(register: Register): void {
  it('refuses options that it does not know, and a registration without a Database', async (t) => {
    const { db } = await open(t)
    assert.throws(() => register(db, { comit: 'onSuccess' }), { code: 'UNKNOWN_OPTION' })
    assert.throws(() => register(undefined as unknown as Database), { code: 'CONFIGURATION' })
  })
}
