import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Model, id, type Outcome, type Scope, type Session } from 'athanor'
import { Author, models, open, temporaryFile } from './support.ts'

class Entry extends Model({ id: id() }, { bind: 'audit' }) {}

// seed 29
it('has for tools around it tables and engines by key, sessions that are found when used, and statements for a toolbar', async (t) => {
  const { db } = await open(t, {
    models: { ...models, Entry },
    engines: { audit: `sqlite:${temporaryFile(t, 'audit.db')}` },
    recordQueries: true,
  })

  // of a migration tool
  const tables = [...db.metadatas].map(([key, { tables: own }]) => [key, own.has('entry')])
  assert.deepEqual(tables, [
    ['default', false],
    ['audit', true],
  ])
  assert.deepEqual([...db.engines.keys()], [...db.metadatas.keys()])

  // of a login: a store that was made at the start takes the session of whoever asks
  const createStore = (session: () => Session) => ({
    findUser: (name: string) => session().select(Author).where({ name }).oneOrNull(),
  })
  const captureAtStart = (): object => {
    const { session } = db
    return createStore(() => session)
  }
  assert.throws(captureAtStart, { code: 'NO_SCOPE' })
  const store = createStore(() => db.session)
  await assert.rejects(async () => store.findUser('Ada'), { code: 'NO_SCOPE' })

  // of a toolbar
  const shown: string[] = []
  db.on('teardown', (_: Outcome, { name, queries }: Scope) => {
    for (const query of queries) shown.push(`${name}: ${JSON.stringify(query)}`)
  })
  for (const name of ['GET /ada', 'GET /grace'])
    await db.run(() => store.findUser(name.slice('GET /'.length)), { name })
  assert.equal(shown.length, 2)
  assert.match(
    shown[0] ?? '',
    /^GET \/ada: .*select.*"parameters":\[\["ada",2\]\].*ecosystem\.test/,
  )
  assert.match(shown[1] ?? '', /^GET \/grace: .*"parameters":\[\["grace",2\]\]/)
  assert.equal(db.engine.status.inUse, 0)
})
