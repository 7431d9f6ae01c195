import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'node:test'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { buildApp } from '../../../examples/wiki/app.ts'
import type { WikiOptions } from '../../../examples/wiki/options.ts'
import { databases, type DatabaseKind } from '../../support/databases.ts'
import type { LentDatabase } from '../../support/server-databases.ts'

/** What node:test gives a test to clean up with. */
export interface TestContext {
  after(fn: () => Promise<void>): void
}

/** The admin's password in tests. */
export const PASSWORD = 'correct horse battery'

/** A folder that goes when the test ends. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'athanor-wiki-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Gives a wiki on an empty database, closed and removed when the test ends. */
export type OpenWiki = (t: TestContext, options?: Partial<WikiOptions>) => Promise<FastifyInstance>

/** A suite that runs on every database there is here. */
export function describeOnEveryDatabase(
  title: string,
  suite: (openWiki: OpenWiki, database: DatabaseKind) => void,
): void {
  for (const database of databases()) {
    const open: OpenWiki = async (t, options) => openOn(t, await database.lend(), options)
    describe(`${title}, on ${database.name}`, () => suite(open, database))
  }
}

/** A wiki on a database file of its own, for suites that have nothing to do with the kind of database. */
export const openWiki: OpenWiki = async (t, options) => {
  const folder = await mkdtemp(join(tmpdir(), 'athanor-wiki-'))
  const release = () => rm(folder, { recursive: true, force: true })
  return openOn(t, { url: `sqlite:${join(folder, 'wiki.db')}`, release }, options)
}

async function openOn(
  t: TestContext,
  { url, release }: LentDatabase,
  options: Partial<WikiOptions> = {},
): Promise<FastifyInstance> {
  // Hundreds of wikis are made and logged into: the hashes of their passwords cost next to nothing.
  const app = await buildApp({ url, adminPassword: PASSWORD, passwordCost: 256, ...options })
  t.after(async () => {
    await app.close()
    await release()
  })
  return app
}

/** Fields of a form. */
export type Form = Readonly<Record<string, string>>

/** An answer, and its markup with every run of white space as one space: where a line breaks is the formatter's affair. */
export type Answer = LightMyRequestResponse & { readonly markup: string }

/** A browser without a screen: keeps cookies and sends the token of the last page that had a form. */
export class Visitor {
  readonly #app: FastifyInstance
  readonly #cookies = new Map<string, string>()
  #token = ''

  constructor(app: FastifyInstance) {
    this.#app = app
  }

  get(url: string): Promise<Answer> {
    return this.#send({ method: 'GET', url })
  }

  /** Sends a form with the token of the last page. */
  post(url: string, form: Form): Promise<Answer> {
    return this.postRaw(url, new URLSearchParams({ _csrf: this.#token, ...form }).toString())
  }

  /** Sends a body as it is, with the visitor's cookies. */
  postRaw(
    url: string,
    payload: string,
    contentType = 'application/x-www-form-urlencoded',
  ): Promise<Answer> {
    return this.#send({ method: 'POST', url, payload, headers: { 'content-type': contentType } })
  }

  /** Logs in as the admin. */
  async logIn(password = PASSWORD): Promise<Answer> {
    await this.get('/login')
    const answer = await this.post('/login', { name: 'admin', password, next: '/' })
    await this.get('/new') // its form has a token of the editor
    return answer
  }

  /** Saves a page; what is not given is made up. */
  save(location: string, form: Form = {}): Promise<Answer> {
    return this.post('/pages/save', {
      location,
      title: `About ${location}`,
      body: 'Some text.',
      tags: '',
      summary: '',
      version: '0',
      action: 'save',
      ...form,
    })
  }

  async #send(request: {
    method: 'GET' | 'POST'
    url: string
    payload?: string
    headers?: Record<string, string>
  }): Promise<Answer> {
    const answer = await this.#app.inject({
      ...request,
      cookies: Object.fromEntries(this.#cookies),
    })
    for (const { name, value } of answer.cookies) {
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    this.#token = /name="_csrf" value="([^"]+)"/.exec(answer.body)?.[1] ?? this.#token
    return Object.assign(answer, { markup: answer.body.replaceAll(/\s+/g, ' ') })
  }
}

/** A visitor who is logged in. */
export async function editorOf(app: FastifyInstance): Promise<Visitor> {
  const editor = new Visitor(app)
  await editor.logIn()
  return editor
}

const INLINE = /<\/?(?:a|code|del|em|ins|mark|q|span|strong|time)(?:\s[^>]*)?>/g
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
}

/** A page's text as a reader sees it: inline tags are nothing, all others a space, entities read. */
export function readable(markup: string): string {
  return markup
    .replaceAll(INLINE, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&(amp|lt|gt|quot|#39);/g, (entity, name: string) => ENTITIES[name] ?? entity)
    .replaceAll(/\s+/g, ' ')
    .trim()
}
