import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { createListener, type Announce } from '../../../examples/node/app.ts'
import { createDatabase, type LinksDatabase } from '../../../examples/node/database.ts'
import { Link } from '../../../examples/node/models.ts'
import { serve } from '../../adapters/support/server.ts'
import type { DatabaseKind } from '../../support/databases.ts'
import { describeOnEveryDatabase } from '../support/on-every-database.ts'
import { openDatabase } from '../support/open-database.ts'
import { Visitor } from '../support/visitor.ts'

async function openShortener(
  t: TestContext,
  database: DatabaseKind,
  announce: Announce = () => {},
): Promise<{ db: LinksDatabase; visitor: Visitor }> {
  const db = await openDatabase(t, database, createDatabase)
  return { db, visitor: new Visitor(await serve(t, createListener(db, announce))) }
}

async function shorten(visitor: Visitor, url: string): Promise<string> {
  const { status, body } = await visitor.json('POST', '/', { url })
  assert.equal(status, 201)
  return (JSON.parse(body) as Link).code
}

describeOnEveryDatabase('the shortener', (database) => {
  it('makes short codes of addresses, and leads from one to the other', async (t) => {
    const { visitor } = await openShortener(t, database)
    const code = await shorten(visitor, 'https://example.org/a?b=c')
    assert.match(code, /^[\w-]{8}$/)
    const { status, location } = await visitor.get(`/${code}`)
    assert.deepEqual([status, location], [302, 'https://example.org/a?b=c'])
    assert.notEqual(await shorten(visitor, 'https://example.org/a?b=c'), code)
  })

  it('loses no visit of several at once', async (t) => {
    const { visitor } = await openShortener(t, database)
    const code = await shorten(visitor, 'https://example.org/')
    const visits = await Promise.all(Array.from({ length: 8 }, () => visitor.get(`/${code}`)))
    assert.deepEqual(new Set(visits.map(({ status }) => status)), new Set([302]))
    const { body } = await visitor.get(`/${code}/visits`)
    assert.equal((JSON.parse(body) as Link).visits, 8)
  })

  it('takes addresses of the web, and nothing else', async (t) => {
    const { db, visitor } = await openShortener(t, database)
    for (const url of ['', 'no address', 'javascript:alert(1)', 'file:///etc/passwd', 5, null])
      assert.equal((await visitor.json('POST', '/', { url })).status, 400)
    for (const body of ['', '{', '[]', '"text"'])
      assert.equal((await visitor.send('/', { method: 'POST', body })).status, 400)
    const { status } = await visitor.json('POST', '/', { url: 'x'.repeat(100_001) })
    assert.equal(status, 413)
    assert.equal(await db.run(() => Link.query().count()), 0)
  })

  it('knows no other addresses', async (t) => {
    const { visitor } = await openShortener(t, database)
    const unknown = await visitor.get('/nothing')
    assert.equal(unknown.status, 404)
    assert.match(unknown.body, /There is no such link\./)
    for (const path of ['/', '/a/b', '/a/visits/c'])
      assert.equal((await visitor.get(path)).status, 404)
    assert.equal((await visitor.json('DELETE', '/a', {})).status, 404)
  })

  it('announces what is stored, once it is', async (t) => {
    const stored: Promise<number>[] = []
    const { db, visitor } = await openShortener(t, database, ({ code }) => {
      stored.push(db.run(() => Link.query().where({ code }).count()))
    })
    await shorten(visitor, 'https://example.org/')
    assert.deepEqual(await Promise.all(stored), [1])
  })

  it('announces nothing that was not stored', async (t) => {
    const announced: string[] = []
    const { db, visitor } = await openShortener(t, database, ({ code }) => announced.push(code))
    await db.dropAll()
    assert.equal((await visitor.json('POST', '/', { url: 'https://example.org/' })).status, 500)
    assert.deepEqual(announced, [])
  })
})
