/** An answer with its body read. */
export interface Answer {
  readonly status: number
  readonly location: string | null
  readonly headers: Headers
  readonly body: string
}

/** A browser without a screen: talks to an application over HTTP and keeps its cookies. Redirects are answers. */
export class Visitor {
  readonly base: string
  readonly cookies: Map<string, string> = new Map()

  constructor(base: string) {
    this.base = base
  }

  get(path: string): Promise<Answer> {
    return this.send(path)
  }

  /** Sends a form. */
  post(path: string, form: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send(path, { method: 'POST', body: new URLSearchParams(form) })
  }

  /** Sends JSON. */
  json(method: string, path: string, body: unknown): Promise<Answer> {
    const headers = { 'content-type': 'application/json' }
    return this.send(path, { method, headers, body: JSON.stringify(body) })
  }

  async send(path: string, request: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(request.headers)
    headers.set('origin', this.base)
    headers.set('cookie', Array.from(this.cookies, (pair) => pair.join('=')).join('; '))
    const response = await fetch(`${this.base}${path}`, {
      ...request,
      headers,
      redirect: 'manual',
    })
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie)
    const { status } = response
    return {
      status,
      location: response.headers.get('location'),
      headers: response.headers,
      body: await response.text(),
    }
  }

  #keep(cookie: string): void {
    const [pair = ''] = cookie.split(';')
    const [name = '', value = ''] = pair.split('=', 2)
    if (value === '') this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}
