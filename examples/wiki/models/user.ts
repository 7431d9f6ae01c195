import { Model, id, now, text, timestamp, varchar } from 'athanor'

/** Somebody who may edit. */
export class User extends Model({
  id: id(),
  name: varchar(60).unique(),
  passwordHash: text().hidden(),
  createdAt: timestamp().default(now),
}) {}
