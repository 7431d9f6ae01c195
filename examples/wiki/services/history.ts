import type { Session } from 'athanor'
import { Revision } from '../models/index.ts'

/** A line of a list of revisions: everything but the texts. */
export interface Change {
  readonly number: number
  readonly summary: string
  readonly createdAt: Date
  readonly author: string | null
}

const change = {
  number: Revision.c.number,
  summary: Revision.c.summary,
  createdAt: Revision.c.createdAt,
  author: Revision.c.author.c.name,
}

/** The revisions of a page, the newest first, without their texts: one statement, authors included. */
export function revisionsOf(session: Session, pageId: number) {
  return session
    .select(change)
    .where(Revision.c.pageId.eq(pageId))
    .orderBy(Revision.c.number.desc())
}

/** The latest changes to any page. */
export function recentChanges(session: Session) {
  return session
    .select({ ...change, location: Revision.c.page.c.location, title: Revision.c.title })
    .orderBy(Revision.c.createdAt.desc(), Revision.c.id.desc())
}

/** One revision of a page with its text, or null. */
export function revision(session: Session, pageId: number, number: number) {
  return session.select(Revision).where({ pageId, number }).with('author').oneOrNull()
}
