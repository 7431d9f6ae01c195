import { Module } from '@nestjs/common'
import { AthanorModule } from 'athanor/nestjs'
import { AccountsModule } from './accounts/accounts.module.ts'
import { db } from './database.ts'
import { TransfersModule } from './transfers/transfers.module.ts'

@Module({ imports: [AthanorModule.forRoot(db), AccountsModule, TransfersModule] })
export class AppModule {}
