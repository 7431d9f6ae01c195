import { plainText } from '../markdown/plain-text.ts'
import { everyEntry } from './every-entry.ts'
import type { SearchIndex } from './index.ts'
import { snippet } from './snippet.ts'
import { fold, wordsOf } from './words.ts'

interface FoundPage {
  readonly location: string
  readonly title: string
  readonly body: string
}

/** Where a word stands, in front of each word of the index. */
type Place = 'any' | 'title' | 'tag'

/** InnoDB indexes no word that is longer than 84 characters, with the place in front. */
const WORD_LENGTH = 76

/**
 * The full-text index of MariaDB and MySQL. A word in the title weighs ten times one in the body.
 *
 * InnoDB leaves out words of one or two letters and those of a list, such as "about", and it splits words at letters that its version of Unicode does not
 * know: what is found would depend on the server. So the index does not hold the words of the page but `any_word`, and `title_word` or `tag_word` besides,
 * with every letter that is not ASCII as a number. They are long enough, on no list, never split, and one index is enough to weigh them.
 *
 * A page is found from its commit on, also by the transaction that writes it: so works InnoDB.
 */
export const mariadbSearch: SearchIndex = {
  async create(session) {
    await session.sql`
      create table if not exists page_search (
        page_id bigint primary key,
        body longtext not null,
        words longtext not null,
        fulltext (words)
      ) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin`
  },

  async put(session, { id, title, body, tags }) {
    const text = plainText(body)
    const tagged = tags.join(' ')
    const words = [
      ...indexed('title', title),
      ...indexed('tag', tagged),
      ...indexed('any', `${title} ${tagged} ${text}`),
    ]
    await session.sql`
      replace into page_search (page_id, body, words)
      values (${id}, ${text}, ${words.join(' ')})`
  },

  async remove(session, pageId) {
    await session.sql`delete from page_search where page_id = ${pageId}`
  },

  async rebuild(session) {
    await session.sql`delete from page_search`
    for await (const entry of everyEntry(session)) await mariadbSearch.put(session, entry)
  },

  async find(session, words, limit) {
    if (words.length === 0) return []
    const anywhere = prefixes('any', words)
    const everyWord = anywhere.map((word) => `+${word}`).join(' ')
    const score = (place: Place) => prefixes(place, words).join(' ')
    const rows = await session.sql({ readOnly: true })<FoundPage>`
      select page.location, page.title, page_search.body
      from page_search join page on page.id = page_search.page_id
      where match (page_search.words) against (${everyWord} in boolean mode)
      order by
        10 * (match (page_search.words) against (${score('title')} in boolean mode)) +
          5 * (match (page_search.words) against (${score('tag')} in boolean mode)) +
          (match (page_search.words) against (${anywhere.join(' ')} in boolean mode)) desc,
        page.title, page.id
      limit ${limit}`.all()
    return rows.map(({ body, ...page }) => ({ ...page, snippet: snippet(body, words) }))
  },
}

function indexed(place: Place, text: string): string[] {
  return wordsOf(text).map(({ word }) => `${place}_${encoded(word)}`)
}

/** The star finds the longer forms of a word. Nothing in it can be taken for an operator of the boolean mode. */
function prefixes(place: Place, words: readonly string[]): string[] {
  return words.map((word) => `${place}_${encoded(word)}*`)
}

/** In ASCII: `heat` is itself, `тепло` is `_00ua_00tx_00u7_00u3_00u6`. The beginning of a word is the beginning of what it becomes. */
function encoded(word: string): string {
  return fold(word)
    .replaceAll(/[^\w]/gu, (letter) => `_${letter.codePointAt(0)?.toString(36).padStart(4, '0')}`)
    .slice(0, WORD_LENGTH)
}
