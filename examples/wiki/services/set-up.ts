import { randomBytes } from 'node:crypto'
import { Setting, User } from '../models/index.ts'
import type { Wiki } from '../wiki.ts'
import { importFolder } from './import/import-folder.ts'
import { createPassword, hashPassword, verifyPassword } from '../../shared/passwords.ts'

/** The name of the first editor. */
export const ADMIN_NAME = 'admin'

/** What the application needs before its first request. */
export interface Prepared {
  /** Signs cookies and form tokens; made at the first start, so that a restart logs nobody out. */
  readonly secret: string
}

/**
 * Makes what is missing: tables, search index, secret, admin, first pages. Safe to run at every start.
 *
 * Secret, admin and pages are one transaction: a start that breaks off in the middle leaves empty tables, and the next one begins anew. Tables come before
 * it, because not every database makes them in a transaction.
 */
export async function setUp(wiki: Wiki, adminPassword: string | undefined): Promise<Prepared> {
  await wiki.db.createAll()
  await wiki.db.run(({ session }) => wiki.search.create(session), {
    name: 'make the search index',
    commit: 'onSuccess',
  })
  return wiki.db.run(
    async () => {
      if (await setUpAdmin(wiki, adminPassword)) await importSeeds(wiki)
      return { secret: await secretOf(wiki) }
    },
    { name: 'set up', commit: 'onSuccess' },
  )
}

/** True when this is the first start. A password that is given wins over the stored one: the way back in for whoever forgot it. */
async function setUpAdmin(wiki: Wiki, given: string | undefined): Promise<boolean> {
  const { session, scope } = wiki.db
  const { passwordCost } = wiki.settings
  const admin = await session.select(User).where({ name: ADMIN_NAME }).oneOrNull()
  if (admin !== null) {
    if (given !== undefined && !(await verifyPassword(given, admin.passwordHash)))
      admin.passwordHash = await hashPassword(given, passwordCost)
    return false
  }
  const password = given ?? createPassword()
  session.add(
    new User({ name: ADMIN_NAME, passwordHash: await hashPassword(password, passwordCost) }),
  )
  // Shown once, and only when it is true: after the commit.
  const shown = given === undefined ? password : '(the one you gave)'
  scope.afterCommit(() =>
    wiki.settings.announce(`First start. Log in as "${ADMIN_NAME}" with the password ${shown}`),
  )
  return true
}

async function importSeeds(wiki: Wiki): Promise<void> {
  for (const seed of wiki.settings.seeds) {
    const { created, skipped } = await importFolder(wiki, seed)
    wiki.db.scope.afterCommit(() =>
      wiki.settings.announce(`Imported ${created.length} pages from ${seed.folder}`),
    )
    for (const { file, reason } of skipped) wiki.settings.announce(`Left out ${file}: ${reason}`)
  }
}

async function secretOf(wiki: Wiki): Promise<string> {
  const { session } = wiki.db
  const key = 'secret'
  const known = await session.get(Setting, key)
  if (known !== null) return known.value
  return session.add(new Setting({ key, value: randomBytes(32).toString('base64url') })).value
}
