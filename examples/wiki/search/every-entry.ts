import type { Session } from 'athanor'
import { Page } from '../models/index.ts'
import type { SearchEntry } from './index.ts'

/** What an index keeps of every page, two hundred in memory at a time. Not a stream: between its chunks nothing could be written. */
export async function* everyEntry(session: Session): AsyncGenerator<SearchEntry> {
  const pages = session.select(Page).with('tags').orderBy(Page.c.id).limit(200)
  for (let last = 0; ;) {
    const batch = await pages.where(Page.c.id.gt(last)).all()
    for (const { id, title, body, tags } of batch)
      yield { id, title, body, tags: tags.map((tag) => tag.name) }
    for (const page of batch) session.expunge(page)
    const end = batch.at(-1)
    if (end === undefined) return
    last = end.id
  }
}
