import { Model, int, now, text, timestamp, varchar } from 'athanor'

/** A short code that stands for an address. */
export class Link extends Model({
  code: varchar(12).primaryKey(),
  url: text(),
  visits: int().default(0),
  createdAt: timestamp().default(now),
}) {}
