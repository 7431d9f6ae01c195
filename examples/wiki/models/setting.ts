import { Model, text, varchar } from 'athanor'

/** A value that outlives a restart, such as the secret that cookies are signed with. */
export class Setting extends Model({
  key: varchar(40).primaryKey(),
  value: text(),
}) {}
