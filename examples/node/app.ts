import { randomBytes } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { athanor } from 'athanor/node'
import { BodyError, readJson } from '../shared/read-json.ts'
import type { LinksDatabase } from './database.ts'
import { Link } from './models.ts'

/** Is told of each link that is stored. */
export type Announce = (link: Link) => void

/** For `http.createServer`: POST / makes a link, GET /code follows it, GET /code/visits says how often that was done. */
export function createListener(db: LinksDatabase, announce: Announce): RequestListener {
  const scoped = athanor(db, { commit: 'onSuccess' })
  return scoped((request, response) => {
    const { method, url = '/' } = request
    const [, code, visits] = /^\/([\w-]+)(\/visits)?$/.exec(url) ?? []
    if (method === 'POST' && url === '/') return shorten(db, announce, request, response)
    if (method === 'GET' && code !== undefined)
      return visits === undefined ? follow(db, code, response) : count(db, code, response)
    return reply(response, 404, { message: 'There is nothing here.' })
  })
}

async function shorten(
  db: LinksDatabase,
  announce: Announce,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { url } = await readJson(request)
  if (typeof url !== 'string' || !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new BodyError(400, 'Send { "url": … } with an address of the web.')
  const link = db.session.add(new Link({ code: randomBytes(6).toString('base64url'), url }))
  db.scope.afterCommit(() => announce(link)) // never for a link that was not stored
  reply(response, 201, link) // leaves after the commit
}

async function follow(db: LinksDatabase, code: string, response: ServerResponse): Promise<void> {
  const link = await linkOf(db, code)
  // The database adds: of two visits at once none is lost, as it would be with link.visits += 1.
  await db.session
    .update(Link)
    .set({ visits: Link.c.visits.plus(1) })
    .where({ code })
  response.writeHead(302, { location: link.url }).end()
}

async function count(db: LinksDatabase, code: string, response: ServerResponse): Promise<void> {
  reply(response, 200, await linkOf(db, code))
}

function linkOf(db: LinksDatabase, code: string): Promise<Link> {
  return db.getOr404(Link, code, { description: 'There is no such link.' })
}

function reply(response: ServerResponse, status: number, content: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(content))
}
