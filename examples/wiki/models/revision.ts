import { Model, belongsTo, id, index, int, json, now, text, timestamp, varchar } from 'athanor'
import { Page } from './page.ts'
import { User } from './user.ts'

/** A page as an edit left it. Never changed; the nightly job removes the oldest ones. */
export class Revision extends Model(
  {
    id: id(),
    pageId: int(),
    /** The page's version after the edit: 1, 2, 3, … */
    number: int(),
    title: varchar(200),
    body: text(),
    tags: json<string[]>(),
    /** What was done and why, in the editor's words. */
    summary: varchar(200).default(''),
    authorId: int().nullable(),
    createdAt: timestamp().default(now).index(),
    page: () => belongsTo(Page, { onDelete: 'cascade' }),
    author: () => belongsTo(User, { onDelete: 'set null' }),
  },
  // The second guard against two edits that start from one version; the first is Page.version.
  { indexes: (revision) => [index(revision.pageId, revision.number).unique()] },
) {}
