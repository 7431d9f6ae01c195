import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import type { BlogDatabase } from './database.ts'
import { User } from './models.ts'

const COOKIE = 'blog_login'
const LIFETIME_MS = 30 * 86_400_000

/** Who is logged in: the user's id and an end in a signed cookie. */
export class Logins {
  readonly #db: BlogDatabase
  readonly #secret: string

  constructor(db: BlogDatabase, secret: string) {
    this.#db = db
    this.#secret = secret
  }

  /** The user who is logged in, or null. The session remembers the object: asking again in the same request sends nothing. */
  async userOf(request: Request): Promise<User | null> {
    const [id = '', end = '', signature = ''] = cookieOf(request).split('.')
    const isOurs = isEqual(signature, this.#sign(`${id}.${end}`))
    return isOurs && Date.now() < Number(end) ? this.#db.session.get(User, Number(id)) : null
  }

  /** A handler for users; everybody else is sent to the login. */
  required(
    handle: (user: User, request: Request, response: Response) => Promise<void> | void,
  ): RequestHandler {
    return async (request, response) => {
      const user = await this.userOf(request)
      if (user === null) response.redirect(303, '/auth/login')
      else await handle(user, request, response)
    }
  }

  begin(user: User, response: Response): void {
    const content = `${user.id}.${Date.now() + LIFETIME_MS}`
    response.cookie(COOKIE, `${content}.${this.#sign(content)}`, {
      httpOnly: true,
      sameSite: 'lax', // not sent with a form of another site
      maxAge: LIFETIME_MS,
    })
  }

  end(response: Response): void {
    response.clearCookie(COOKIE)
  }

  #sign(content: string): string {
    return createHmac('sha256', this.#secret).update(content).digest('base64url')
  }
}

function cookieOf(request: Request): string {
  const cookies = request.headers.cookie?.split('; ') ?? []
  return cookies.find((each) => each.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? ''
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
