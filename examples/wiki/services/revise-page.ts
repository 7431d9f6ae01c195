import { StaleDataError, UniqueViolationError, type Loaded, type Session } from 'athanor'
import { excerpt } from '../markdown/plain-text.ts'
import { Page, Revision, Tag, type User } from '../models/index.ts'
import type { Wiki } from '../wiki.ts'

/** What an editor wants a page to say. */
export interface Draft {
  readonly location: string
  readonly title: string
  readonly body: string
  readonly tags: readonly string[]
  readonly summary: string
  /** The version that the editor saw; 0 when there was no page. */
  readonly version: number
}

/** A page with everything that can be edited. */
export type CurrentPage = Loaded<Page, 'tags'>

/** How an edit ended: the page as it is now, or, when somebody was faster, the page that they made of it (null: they deleted it). */
export type Outcome =
  | { readonly kind: 'saved'; readonly page: Page }
  | { readonly kind: 'conflict'; readonly current: CurrentPage | null }

/**
 * Writes a draft: page, tags, revision and search index in one transaction, the one of the scope. Whoever opened the scope commits it.
 *
 * "Changed meanwhile" is found out three times, because there are three moments for it: `expectVersion` when the page is read; the version in the
 * UPDATE's WHERE when another request commits between reading and writing; the unique location when two editors begin the same page.
 */
export async function revisePage(wiki: Wiki, draft: Draft, author: User | null): Promise<Outcome> {
  const { session, scope } = wiki.db
  try {
    const tags = await tagsNamed(session, draft.tags)
    const page = await openPage(session, draft)
    if (page === null) return { kind: 'conflict', current: null }
    applyDraft(page, draft, { tags, author })
    session.add(page)
    await session.flush() // a new page gets its id here, and whoever was too slow is told
    await wiki.search.put(session, { ...draft, id: page.id })
    scope.afterCommit(() =>
      wiki.settings.announce(`saved ${page.location}, version ${page.version}`),
    )
    return { kind: 'saved', page }
  } catch (error) {
    if (!(error instanceof StaleDataError || error instanceof UniqueViolationError)) throw error
    await session.rollback() // nothing of the draft is left; see what is there instead
    return { kind: 'conflict', current: await Page.at(draft.location).oneOrNull() }
  }
}

/** The page to write into, a new one for version 0, null when it was deleted meanwhile. @throws {StaleDataError} When it has another version. */
async function openPage(session: Session, draft: Draft): Promise<Page | null> {
  if (draft.version === 0) return emptyPage(draft.location)
  const page = await Page.query().where({ location: draft.location }).first()
  if (page !== null) session.expectVersion(page, draft.version)
  return page
}

/** A page that says nothing yet. */
export function emptyPage(location: string): Page {
  return new Page({ location, title: '', body: '', excerpt: '' })
}

/** Puts a draft into a page and adds the revision of it. Nothing is sent before a flush. */
export function applyDraft(
  page: Page,
  draft: Draft,
  by: { readonly tags: readonly Tag[]; readonly author: User | null },
): void {
  const { title, body, summary, version } = draft
  page.title = title
  page.body = body
  page.excerpt = excerpt(body, 240)
  page.updatedAt = new Date() // so that a change of tags alone makes a new version, too
  page.editor = by.author
  page.tags.set(by.tags)
  page.revisions.add(
    new Revision({
      number: version + 1,
      title,
      body,
      tags: draft.tags.toSorted(),
      summary,
      author: by.author,
    }),
  )
}

/** The tags of these names; those that are new are made. Two editors may invent the same tag at once: both get the one row. */
export function tagsNamed(session: Session, names: readonly string[]): Promise<Tag[]> {
  return session.insertOrGet(
    Tag,
    names.map((name) => ({ name })),
    ['name'],
  )
}
