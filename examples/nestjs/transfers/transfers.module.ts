import { Module } from '@nestjs/common'
import { TransfersController } from './transfers.controller.ts'
import { TransfersService } from './transfers.service.ts'

@Module({ controllers: [TransfersController], providers: [TransfersService] })
export class TransfersModule {}
