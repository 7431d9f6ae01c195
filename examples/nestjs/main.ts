import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module.ts'
import { db } from './database.ts'

await db.createAll()
const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] })
// Requests under way end, then the database is closed, then the process ends in order.
app.enableShutdownHooks(['SIGINT', 'SIGTERM'], { useProcessExit: true })
const { PORT = '3000', HOST = '127.0.0.1' } = process.env
await app.listen(Number(PORT), HOST)
process.stdout.write(`The bank is at ${await app.getUrl()}\n`)
