import { join } from 'node:path'
import { buildApp } from './app.ts'
import { databaseFrom } from './environment.ts'

const { env } = process
const say = (line: string) => void process.stdout.write(`${line}\n`)

const app = await buildApp({
  ...databaseFrom(env),
  ...(env['WIKI_ADMIN_PASSWORD'] ? { adminPassword: env['WIKI_ADMIN_PASSWORD'] } : {}),
  seeds: [
    { folder: join(import.meta.dirname, 'content') },
    { folder: join(import.meta.dirname, '../../docs'), under: 'docs', tags: ['docs'] },
  ],
  announce: say,
  logger: { level: 'warn' },
})

say(
  `The wiki is at ${await app.listen({ host: env['HOST'] || '127.0.0.1', port: Number(env['PORT'] || 3000) })}`,
)

// Fastify finishes the requests that are under way; the adapter then closes the database.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close())
