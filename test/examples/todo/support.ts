import type { TestContext } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import { createApp } from '../../../examples/todo/app.ts'
import { createDatabase, type TodoDatabase } from '../../../examples/todo/database.ts'
import { serve } from '../../adapters/support/server.ts'
import type { DatabaseKind } from '../../support/databases.ts'
import { openDatabase } from '../support/open-database.ts'
import { Visitor } from '../support/visitor.ts'

/** An empty list that listens, and somebody in front of it. */
export async function openList(
  t: TestContext,
  database: DatabaseKind,
): Promise<{ db: TodoDatabase; visitor: Visitor }> {
  const db = await openDatabase(t, database, createDatabase)
  const app = createApp(db, 'a secret of the tests')
  return { db, visitor: new Visitor(await serve(t, getRequestListener(app.fetch))) }
}
