import { Model, boolean, id, now, text, timestamp } from 'athanor'

/** Something to do. */
export class Todo extends Model({
  id: id(),
  title: text(),
  text: text(),
  done: boolean().default(false),
  createdAt: timestamp().default(now).index(),
}) {}
