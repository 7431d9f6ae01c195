import { Injectable } from '@nestjs/common'
import { BankDatabase } from '../database.ts'
import { Account } from './account.ts'

@Injectable()
export class AccountsService {
  constructor(private readonly db: BankDatabase) {}

  all(): Promise<Account[]> {
    return Account.query().orderBy(Account.c.id).all()
  }

  /** The id may be anything that an address may contain; what is no id has no account. */
  one(id: string): Promise<Account> {
    return this.db.getOr404(Account, id, { description: 'There is no such account.' })
  }

  async open(owner: string, balance: number): Promise<Account> {
    const account = this.db.session.add(new Account({ owner, balance }))
    await this.db.session.commit()
    return account
  }
}
