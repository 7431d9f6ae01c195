import { Model, belongsTo, int } from 'athanor'
import { Page } from './page.ts'
import { Tag } from './tag.ts'

/** A tag on a page. A model of its own, so that tags can be counted without reading pages. */
export class PageTag extends Model({
  pageId: int().primaryKey(),
  tagId: int().primaryKey().index(),
  page: () => belongsTo(Page, { onDelete: 'cascade' }),
  tag: () => belongsTo(Tag, { onDelete: 'cascade' }),
}) {}
