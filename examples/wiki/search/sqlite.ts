import type { Session } from 'athanor'
import { plainText } from '../markdown/plain-text.ts'
import { Page } from '../models/index.ts'
import type { SearchIndex } from './index.ts'
import { MARK_CLOSE, MARK_OPEN, markSnippet } from './mark.ts'

/** SQLite's FTS5. The row of a page has the page's id; a word in the title weighs ten times one in the body. */
export const sqliteSearch: SearchIndex = {
  async create(session) {
    await session.sql`
      create virtual table if not exists page_search
      using fts5(title, tags, body, tokenize = 'unicode61 remove_diacritics 2')`.all()
  },

  async put(session, { id, title, body, tags }) {
    await session.sql`delete from page_search where rowid = ${id}`.all()
    await session.sql`
      insert into page_search (rowid, title, tags, body)
      values (${id}, ${title}, ${tags.join(' ')}, ${plainText(body)})`.all()
  },

  async remove(session, pageId) {
    await session.sql`delete from page_search where rowid = ${pageId}`.all()
  },

  async rebuild(session) {
    await session.sql`delete from page_search`.all()
    for await (const page of everyPage(session)) {
      const { id, title, body, tags } = page
      await sqliteSearch.put(session, { id, title, body, tags: tags.map((tag) => tag.name) })
    }
  },

  async find(session, words, limit) {
    if (words.length === 0) return []
    // Quoted, a word is only a word; the star finds its longer forms.
    const match = words.map((word) => `"${word}"*`).join(' ')
    const rows = await session.sql<{ location: string; title: string; snippet: string }>`
      select page.location, page.title, snippet(page_search, 2, ${MARK_OPEN}, ${MARK_CLOSE}, '…', 24) as snippet
      from page_search join page on page.id = page_search.rowid
      where page_search match ${match}
      order by bm25(page_search, 10, 5, 1)
      limit ${limit}`.all()
    return rows.map((row) => ({ ...row, snippet: markSnippet(row.snippet) }))
  },
}

/** All pages, two hundred in memory at a time. Not a stream: between its chunks nothing could be written. */
async function* everyPage(session: Session) {
  const pages = session.select(Page).with('tags').orderBy(Page.c.id).limit(200)
  for (let last = 0; ;) {
    const batch = await pages.where(Page.c.id.gt(last)).all()
    yield* batch
    for (const page of batch) session.expunge(page)
    const end = batch.at(-1)
    if (end === undefined) return
    last = end.id
  }
}
