import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { User } from '../models/index.ts'
import type { Wiki } from '../wiki.ts'

const COOKIE = 'wiki_login'
const DAYS = 30

/** Remembers an editor by a signed cookie: who, since when, and a print of the password's hash, so that a new password ends every login. */
export function logIn(reply: FastifyReply, user: User, secure: boolean): void {
  const value = [user.id, Date.now(), printOf(user)].join('.')
  reply.setCookie(COOKIE, value, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure,
    signed: true,
    maxAge: DAYS * 86_400,
  })
}

/** Forgets who was logged in. */
export function logOut(reply: FastifyReply): void {
  reply.clearCookie(COOKIE, { path: '/' })
}

/** The editor that a request's cookie tells of, or null. One statement when there is a cookie, none otherwise. */
export async function userOf(request: FastifyRequest, wiki: Wiki): Promise<User | null> {
  const cookie = request.unsignCookie(request.cookies[COOKIE] ?? '')
  if (!cookie.valid) return null
  const [id = '', since = '', print = ''] = cookie.value.split('.')
  if (Date.now() - Number(since) > DAYS * 86_400_000) return null
  const user = await wiki.db.session.get(User, Number(id))
  return user !== null && printOf(user) === print ? user : null
}

function printOf(user: User): string {
  return createHash('sha256').update(user.passwordHash).digest('base64url').slice(0, 16)
}
