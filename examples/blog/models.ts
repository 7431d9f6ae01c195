import { Model, belongsTo, id, int, now, text, timestamp, varchar } from 'athanor'

/** Longest name, in characters. */
export const NAME_LENGTH = 80

/** Somebody who may write. */
export class User extends Model({
  id: id(),
  name: varchar(NAME_LENGTH).unique(),
  passwordHash: text().hidden(),
}) {}

/** What somebody wrote. */
export class Post extends Model({
  id: id(),
  authorId: int().index(),
  createdAt: timestamp().default(now).index(),
  title: text(),
  body: text(),
  author: () => belongsTo(User),
}) {}
