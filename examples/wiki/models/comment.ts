import { Model, belongsTo, boolean, hasMany, id, int, now, text, timestamp, varchar } from 'athanor'
import { Page } from './page.ts'
import { User } from './user.ts'

/** Longest comment, in characters. */
export const COMMENT_LENGTH = 5_000

/** What a reader says of a page, or answers to another comment. */
export class Comment extends Model({
  id: id(),
  pageId: int().index(),
  parentId: int().nullable().index(),
  authorId: int().nullable(),
  /** The name a visitor gave, or an editor's own. */
  name: varchar(60),
  body: text(),
  /** A removed comment keeps its place, so that the answers to it stay where they are. */
  removed: boolean().default(false),
  createdAt: timestamp().default(now),
  page: () => belongsTo(Page, { onDelete: 'cascade' }),
  parent: () => belongsTo(Comment, { onDelete: 'cascade' }),
  replies: () => hasMany(Comment, 'parent'),
  author: () => belongsTo(User, { onDelete: 'set null' }),
}) {}
