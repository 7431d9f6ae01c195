import { randomBytes } from 'node:crypto'
import { serve } from '../shared/serve.ts'
import { createApp } from './app.ts'
import { createDatabase } from './database.ts'

// Without a secret that is kept, a restart ends all logins.
const { SESSION_SECRET: secret = randomBytes(32).toString('base64url') } = process.env
const db = createDatabase()
await db.createAll()
await serve('The blog', createApp(db, secret), db)
