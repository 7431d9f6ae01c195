import type { Page } from '../models/index.ts'
import type { Wiki } from '../wiki.ts'

/**
 * Deletes a page that is still as it was when somebody decided to. Revisions, comments and tags go with it, by the database's foreign keys.
 *
 * @throws {StaleDataError} When the page has another version.
 */
export async function deletePage(wiki: Wiki, page: Page, version: number): Promise<void> {
  const { session, scope } = wiki.db
  const { id, location } = page
  session.expectVersion(page, version)
  session.delete(page)
  await session.flush()
  await wiki.search.remove(session, id)
  scope.afterCommit(() => wiki.settings.announce(`deleted ${location}`))
}
