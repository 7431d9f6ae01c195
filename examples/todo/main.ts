import { randomBytes } from 'node:crypto'
import { getRequestListener } from '@hono/node-server'
import { serve } from '../shared/serve.ts'
import { createApp } from './app.ts'
import { createDatabase } from './database.ts'

const db = createDatabase()
await db.createAll()
const app = createApp(db, randomBytes(32).toString('base64url'))
await serve('The todo list', getRequestListener(app.fetch), db)
