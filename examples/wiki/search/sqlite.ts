import { plainText } from '../markdown/plain-text.ts'
import { everyEntry } from './every-entry.ts'
import type { SearchIndex } from './index.ts'
import { MARK_CLOSE, MARK_OPEN, markSnippet } from './mark.ts'

interface FoundPage {
  readonly location: string
  readonly title: string
  readonly snippet: string
}

/** SQLite's FTS5. The row of a page has the page's id; a word in the title weighs ten times one in the body. */
export const sqliteSearch: SearchIndex = {
  async create(session) {
    await session.sql`
      create virtual table if not exists page_search
      using fts5(title, tags, body, tokenize = 'unicode61 remove_diacritics 2')`
  },

  async put(session, { id, title, body, tags }) {
    await session.sql`delete from page_search where rowid = ${id}`
    await session.sql`
      insert into page_search (rowid, title, tags, body)
      values (${id}, ${title}, ${tags.join(' ')}, ${plainText(body)})`
  },

  async remove(session, pageId) {
    await session.sql`delete from page_search where rowid = ${pageId}`
  },

  async rebuild(session) {
    await session.sql`delete from page_search`
    for await (const entry of everyEntry(session)) await sqliteSearch.put(session, entry)
  },

  async find(session, words, limit) {
    if (words.length === 0) return []
    // Quoted, a word is only a word; the star finds its longer forms.
    const match = words.map((word) => `"${word}"*`).join(' ')
    const rows = await session.sql({ readOnly: true })<FoundPage>`
      select page.location, page.title, snippet(page_search, 2, ${MARK_OPEN}, ${MARK_CLOSE}, '…', 24) as snippet
      from page_search join page on page.id = page_search.rowid
      where page_search match ${match}
      order by bm25(page_search, 10, 5, 1)
      limit ${limit}`.all()
    return rows.map((row) => ({ ...row, snippet: markSnippet(row.snippet) }))
  },
}
