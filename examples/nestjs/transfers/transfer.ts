import { Model, belongsTo, id, int, now, timestamp } from 'athanor'
import { Account } from '../accounts/account.ts'

/** Money that went from one account to another. */
export class Transfer extends Model({
  id: id(),
  fromId: int().index(),
  toId: int().index(),
  amount: int(),
  createdAt: timestamp().default(now),
  from: () => belongsTo(Account),
  to: () => belongsTo(Account),
}) {}
