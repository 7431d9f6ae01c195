import { ConflictException, Injectable, NotFoundException } from '@nestjs/common'
import { Account } from '../accounts/account.ts'
import { BankDatabase } from '../database.ts'
import { Transfer } from './transfer.ts'

@Injectable()
export class TransfersService {
  constructor(private readonly db: BankDatabase) {}

  /** Both accounts and the record of it, or nothing: whatever is thrown in here rolls back. */
  transfer(fromId: number, toId: number, amount: number): Promise<Transfer> {
    return this.db.transaction(async (session) => {
      // Locked, in one order for everybody: no transfer counts with a balance that another one is about to change, and none waits for the other in a circle.
      const accounts = await session
        .select(Account)
        .where(Account.c.id.in([fromId, toId]))
        .orderBy(Account.c.id)
        .forUpdate()
        .all()
      const from = accounts.find(({ id }) => id === fromId)
      const to = accounts.find(({ id }) => id === toId)
      if (from === undefined || to === undefined)
        throw new NotFoundException('There is no such account.')
      if (from.balance < amount) throw new ConflictException('There is not enough money.')
      from.balance -= amount
      to.balance += amount
      return session.add(new Transfer({ from, to, amount }))
    })
  }
}
