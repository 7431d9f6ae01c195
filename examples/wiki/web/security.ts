import cookie from '@fastify/cookie'
import csrf from '@fastify/csrf-protection'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Wiki } from '../wiki.ts'
import { userOf } from './login.ts'
import { Visit, visitorOf } from './visit.ts'

/** The wiki has no script at all, so no script may run; pictures may come from elsewhere, for pages show them. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self' https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

/** Headers, signed cookies, who is visiting, and tokens in forms: what every request passes before its route. */
export async function addSecurity(app: FastifyInstance, wiki: Wiki, secret: string): Promise<void> {
  const { secureCookies, title } = wiki.settings
  const cookieOpts = {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: secureCookies,
    signed: true,
  } as const
  await app.register(cookie, { secret })
  await app.register(csrf, {
    cookieKey: 'wiki_form',
    cookieOpts,
    csrfOpts: { hmacKey: secret, userInfo: true },
    getUserInfo: visitorOf,
    getToken: tokenOf,
  })

  app.decorateRequest('visit')
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS)
    request.visit = new Visit(request, reply, title)
    if (!request.url.startsWith('/static/')) request.visit.user = await userOf(request, wiki)
  })
  app.addHook('preHandler', (request, reply, done) => {
    if (request.method === 'POST') app.csrfProtection(request, reply, done)
    else done()
  })
}

function tokenOf(request: FastifyRequest): string | undefined {
  const body: unknown = request.body
  const token: unknown =
    typeof body === 'object' && body !== null ? Reflect.get(body, '_csrf') : undefined
  return typeof token === 'string' ? token : undefined
}
