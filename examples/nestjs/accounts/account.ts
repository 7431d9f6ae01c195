import { Model, check, id, int, varchar } from 'athanor'

/** Somebody's money, in cents. */
export class Account extends Model(
  {
    id: id(),
    owner: varchar(80),
    balance: int(),
  },
  { checks: (account) => [check(account.balance.gte(0))] },
) {}
