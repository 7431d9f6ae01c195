import { serve } from '../shared/serve.ts'
import { createApp } from './app.ts'
import { createDatabase } from './database.ts'

const db = createDatabase()
await db.createAll()
await serve('The notes', createApp(db).callback(), db)
