import { Model, id, manyToMany, varchar } from 'athanor'
import { TAG_LENGTH } from './tag-names.ts'
import { Page } from './page.ts'

/** A word that pages are found by. */
export class Tag extends Model({
  id: id(),
  name: varchar(TAG_LENGTH).unique(),
  pages: () => manyToMany(Page, { inverse: 'tags' }),
}) {}
