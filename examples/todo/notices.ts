import type { Context } from 'hono'
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie'

const COOKIE = 'todo_notice'
const TEXTS = { added: 'It is on the list.', updated: 'The list is saved.' }

/** What the next page says of the last form, once: a key in a signed cookie. */
export class Notices {
  readonly #secret: string

  constructor(secret: string) {
    this.#secret = secret
  }

  async leave(c: Context, notice: keyof typeof TEXTS): Promise<void> {
    await setSignedCookie(c, COOKIE, notice, this.#secret, {
      path: '/',
      httpOnly: true,
      sameSite: 'Lax',
      maxAge: 60,
    })
  }

  async take(c: Context): Promise<string | undefined> {
    const notice = await getSignedCookie(c, this.#secret, COOKIE)
    if (notice === undefined || notice === false) return undefined
    deleteCookie(c, COOKIE, { path: '/' })
    return TEXTS[notice as keyof typeof TEXTS] // only this class can sign
  }
}
