import type { FastifyReply, FastifyRequest } from 'fastify'
import type { User } from '../models/index.ts'
import { html, type Html } from '../../shared/html.ts'

const NOTICES: Readonly<Record<string, string>> = {
  saved: 'Your changes are saved.',
  restored: 'The earlier version is the current one again.',
  deleted: 'The page is deleted.',
  commented: 'Your comment is published.',
  removed: 'The comment is removed.',
  in: 'You are logged in.',
  out: 'You are logged out.',
}

/** What the views know of the request they are rendered for. */
export class Visit {
  /** The editor who is logged in. */
  user: User | null = null
  /** What the wiki is called. */
  readonly wikiTitle: string
  /** Path and query of the request. */
  readonly url: string
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  #token: string | undefined

  constructor(request: FastifyRequest, reply: FastifyReply, wikiTitle: string) {
    this.wikiTitle = wikiTitle
    this.url = request.url
    this.#request = request
    this.#reply = reply
  }

  /** What was done just before, after a redirect: a fixed sentence, never text from the address. */
  get notice(): string | undefined {
    const [, query = ''] = this.url.split('?', 2)
    const done = new URLSearchParams(query).get('done') ?? ''
    return Object.hasOwn(NOTICES, done) ? NOTICES[done] : undefined
  }

  /** The hidden field that every form with `method="post"` needs. Only pages with such a form set a cookie. */
  csrfField(): Html {
    this.#token ??= this.#reply.generateCsrf({ userInfo: visitorOf(this.#request) })
    return html`<input type="hidden" name="_csrf" value="${this.#token}" />`
  }
}

/** Whom a form token is made for: one made before logging in is void after it, and the other way round. */
export function visitorOf(request: FastifyRequest): string {
  return request.visit.user === null ? 'visitor' : `user ${request.visit.user.id}`
}

declare module 'fastify' {
  interface FastifyRequest {
    visit: Visit
  }
}
