import {
  Model,
  belongsTo,
  hasMany,
  id,
  int,
  manyToMany,
  now,
  text,
  timestamp,
  varchar,
  version,
} from 'athanor'
import { LOCATION_LENGTH } from './location.ts'
import { Comment } from './comment.ts'
import { PageTag } from './page-tag.ts'
import { Revision } from './revision.ts'
import { Tag } from './tag.ts'
import { User } from './user.ts'

/** Longest title, in characters. */
export const TITLE_LENGTH = 200
/** Longest body, in characters. */
export const BODY_LENGTH = 100_000

/** A page as it is now; how it came to be is in its revisions, the newest of which says the same. */
export class Page extends Model({
  id: id(),
  location: varchar(LOCATION_LENGTH).unique(),
  title: varchar(TITLE_LENGTH),
  body: text(),
  /** The beginning of the body as plain text, so that a list of pages need not read their bodies. */
  excerpt: varchar(240),
  /** Counts the edits. A form carries the number it was filled in for, and `session.expectVersion` finds out whether the page changed meanwhile. */
  version: version(),
  createdAt: timestamp().default(now),
  updatedAt: timestamp().default(now).index(),
  editorId: int().nullable(),
  editor: () => belongsTo(User, { onDelete: 'set null' }),
  tags: () => manyToMany(Tag, { through: () => PageTag, orderBy: 'name' }),
  revisions: () => hasMany(Revision, 'page', { cascade: 'all, delete-orphan' }),
  comments: () => hasMany(Comment, 'page', { cascade: 'all, delete-orphan' }),
}) {
  /** The page at a location with all that its own page shows: two statements, however many tags there are. */
  static at(location: string) {
    return Page.query().where({ location }).with('editor', 'tags')
  }

  /** Pages with a tag, in the order of their titles. */
  static tagged(name: string) {
    return Page.query()
      .where(Page.c.tags.any({ name }))
      .with('tags')
      .orderBy(Page.c.title, Page.c.id)
  }
}
