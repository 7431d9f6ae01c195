import { plainText } from '../markdown/plain-text.ts'
import { everyEntry } from './every-entry.ts'
import type { SearchIndex } from './index.ts'
import { snippet } from './snippet.ts'
import { fold } from './words.ts'

interface FoundPage {
  readonly location: string
  readonly title: string
  readonly body: string
}

/**
 * PostgreSQL's tsvector with a GIN index. A word in the title weighs ten times one in the body.
 *
 * The configuration `simple` stems nothing and leaves nothing out: pages may be in any language. What the words are is decided here and not by the
 * locale of the server, whose own folding of letters differs from one to the next.
 */
export const postgresSearch: SearchIndex = {
  async create(session) {
    await session.sql`
      create table if not exists page_search (
        page_id bigint primary key,
        body text not null,
        words tsvector not null
      )`
    await session.sql`
      create index if not exists page_search_words on page_search using gin (words)`
  },

  async put(session, { id, title, body, tags }) {
    const text = plainText(body)
    await session.sql`
      insert into page_search (page_id, body, words)
      values (
        ${id},
        ${text},
        setweight(to_tsvector('simple', ${fold(title)}::text), 'A') ||
          setweight(to_tsvector('simple', ${fold(tags.join(' '))}::text), 'B') ||
          setweight(to_tsvector('simple', ${fold(text)}::text), 'D')
      )
      on conflict (page_id) do update set body = excluded.body, words = excluded.words`
  },

  async remove(session, pageId) {
    await session.sql`delete from page_search where page_id = ${pageId}`
  },

  async rebuild(session) {
    await session.sql`delete from page_search`
    for await (const entry of everyEntry(session)) await postgresSearch.put(session, entry)
  },

  async find(session, words, limit) {
    if (words.length === 0) return []
    // Quoted, a word is only a word; the star finds its longer forms, which websearch_to_tsquery cannot say.
    const query = words.map((word) => `'${fold(word)}':*`).join(' & ')
    const rows = await session.sql({ readOnly: true })<FoundPage>`
      select page.location, page.title, page_search.body
      from to_tsquery('simple', ${query}::text) as query
      join page_search on page_search.words @@ query
      join page on page.id = page_search.page_id
      order by ts_rank(page_search.words, query) desc, page.title, page.id
      limit ${limit}`.all()
    return rows.map(({ body, ...page }) => ({ ...page, snippet: snippet(body, words) }))
  },
}
