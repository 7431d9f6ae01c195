import { and, or } from 'athanor'
import { Page } from '../models/index.ts'
import { html } from '../../shared/html.ts'
import type { SearchIndex } from './index.ts'

/** Search without an index, for databases that have no module yet: pages that contain every word, in the order of their titles. */
export const plainSearch: SearchIndex = {
  async create() {},
  async put() {},
  async remove() {},
  async rebuild() {},

  async find(session, words, limit) {
    if (words.length === 0) return []
    const everyWord = words.map((word) =>
      or(Page.c.title.contains(word), Page.c.body.contains(word), Page.c.tags.any({ name: word })),
    )
    const rows = await session
      .select({ location: Page.c.location, title: Page.c.title, excerpt: Page.c.excerpt })
      .where(and(...everyWord))
      .orderBy(Page.c.title, Page.c.id)
      .limit(limit)
      .all()
    return rows.map(({ location, title, excerpt }) => ({
      location,
      title,
      snippet: html`${excerpt}`,
    }))
  },
}
