// Deletes all that is in the blog's tables, and makes them anew.
import { createDatabase } from './database.ts'

await using db = createDatabase()
await db.dropAll()
await db.createAll()
process.stdout.write('The tables are empty.\n')
