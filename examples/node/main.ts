import { serve } from '../shared/serve.ts'
import { createListener } from './app.ts'
import { createDatabase } from './database.ts'
import type { Link } from './models.ts'

const db = createDatabase()
await db.createAll()
const announce = ({ code, url }: Link) => void process.stdout.write(`/${code} leads to ${url}\n`)
await serve('The shortener', createListener(db, announce), db)
