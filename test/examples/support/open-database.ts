import type { TestContext } from 'node:test'
import type { DatabaseKind } from '../../support/databases.ts'

/** The Database that an example makes of an empty database, with its tables. Closed and given back when the test ends. */
export async function openDatabase<
  D extends { createAll(): Promise<void>; dispose(): Promise<void> },
>(t: TestContext, database: DatabaseKind, create: (url: string) => D): Promise<D> {
  const { url, release } = await database.lend()
  const db = create(url)
  t.after(async () => {
    await db.dispose()
    await release()
  })
  await db.createAll()
  return db
}
