import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Param,
  ParseIntPipe,
  Post,
} from '@nestjs/common'
import type { Account } from './account.ts'
import { AccountsService } from './accounts.service.ts'

const MOST = 1_000_000_000

@Controller('accounts')
export class AccountsController {
  constructor(private readonly accounts: AccountsService) {}

  @Get()
  all(): Promise<Account[]> {
    return this.accounts.all()
  }

  @Get(':id')
  one(@Param('id') id: string): Promise<Account> {
    return this.accounts.one(id)
  }

  @Post()
  open(
    @Body('owner') owner: unknown,
    @Body('balance', ParseIntPipe) balance: number,
  ): Promise<Account> {
    if (typeof owner !== 'string' || owner === '' || owner.length > 80)
      throw new BadRequestException('owner must have 1 to 80 characters')
    if (balance < 0 || balance > MOST)
      throw new BadRequestException(`balance must be between 0 and ${MOST}`)
    return this.accounts.open(owner, balance)
  }
}
