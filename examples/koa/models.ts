import { Model, id, now, text, timestamp, varchar } from 'athanor'

/** A note. */
export class Note extends Model({
  id: id(),
  title: varchar(200),
  text: text(),
  createdAt: timestamp().default(now).index(),
}) {}
