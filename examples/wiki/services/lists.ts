import { count, type Session } from 'athanor'
import { Page, PageTag } from '../models/index.ts'

/** All pages without their texts, in the order of their locations. */
export function allPages(session: Session) {
  return session
    .select({ location: Page.c.location, title: Page.c.title, excerpt: Page.c.excerpt })
    .orderBy(Page.c.location)
}

/** Every tag that is on a page, and on how many: counted by the database from the association alone. */
export function tagCounts(session: Session) {
  const name = PageTag.c.tag.c.name
  return session.select({ name, pages: count() }).from(PageTag).groupBy(name).orderBy(name)
}
