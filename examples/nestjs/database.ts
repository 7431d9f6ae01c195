import { Database } from 'athanor'
import { Account } from './accounts/account.ts'
import { Transfer } from './transfers/transfer.ts'

const models = { Account, Transfer }

/** The bank's database, under a name that constructors can ask for. Relative SQLite files are in the folder `instance` beside package.json. */
export class BankDatabase extends Database<typeof models> {
  constructor(url = process.env['DATABASE_URL'] ?? 'sqlite:bank.db') {
    super({ url, models })
  }
}

/** Disposed of by the application's shutdown. */
export const db = new BankDatabase()
