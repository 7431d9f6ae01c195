import { BadRequestException, Body, Controller, ParseIntPipe, Post } from '@nestjs/common'
import type { Transfer } from './transfer.ts'
import { TransfersService } from './transfers.service.ts'

@Controller('transfers')
export class TransfersController {
  constructor(private readonly transfers: TransfersService) {}

  @Post()
  transfer(
    @Body('from', ParseIntPipe) from: number,
    @Body('to', ParseIntPipe) to: number,
    @Body('amount', ParseIntPipe) amount: number,
  ): Promise<Transfer> {
    if (from === to) throw new BadRequestException('from and to must differ')
    if (amount < 1) throw new BadRequestException('amount must be positive')
    return this.transfers.transfer(from, to, amount)
  }
}
