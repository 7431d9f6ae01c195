import type { View } from '../web/page-reply.ts'
import type { Visit } from '../web/visit.ts'
import { html } from '../../shared/html.ts'
import { textarea } from './fields.ts'

interface Explanation {
  readonly title: string
  readonly advice: string
}

const EXPLANATIONS: Readonly<Record<number, Explanation>> = {
  400: {
    title: 'This address cannot be read',
    advice: 'Some part of it is cut off or misspelt. Begin at the front page, or search.',
  },
  403: { title: 'This is not for everybody', advice: 'Log in as an editor and try again.' },
  404: {
    title: 'There is nothing here',
    advice:
      'The page may have been deleted, or the link is wrong. Search for it, or look through all pages.',
  },
  409: { title: 'Somebody was faster', advice: 'Go back, reload the page and try again.' },
  413: {
    title: 'This is too much at once',
    advice:
      'The text is larger than the wiki takes. Go back: your browser has kept it. Spread it over several pages.',
  },
  415: {
    title: 'This is no form',
    advice: 'The wiki reads forms as browsers send them, nothing else.',
  },
  503: {
    title: 'The wiki is busy',
    advice: 'Nothing was saved. Go back and try again in a moment.',
  },
}

const UNKNOWN: Explanation = {
  title: 'Something went wrong',
  advice:
    'Nothing was saved. Go back and try again; if it stays like this, tell whoever runs the wiki.',
}

/** The page for a status; the request's id finds it in the log. */
export function errorView(status: number, requestId: string): View {
  const { title, advice } = EXPLANATIONS[status] ?? UNKNOWN
  return {
    title,
    status,
    content: html`<h1>${title}</h1>
      <p>${advice}</p>
      <p class="actions">
        <a class="button" href="/">Front page</a> <a href="/pages">All pages</a>
      </p>
      ${status >= 500 && html`<p class="hint">Request ${requestId}</p>`}`,
  }
}

/** A form whose token does not fit: it may have come from another site, or is older than the login. What was written is shown, so that it is not lost. */
export function forbiddenFormView(visit: Visit, body: unknown): View {
  const text: unknown =
    typeof body === 'object' && body !== null ? Reflect.get(body, 'body') : undefined
  return {
    title: 'This form is out of date',
    status: 403,
    content: html`<h1>This form is out of date</h1>
      <p>
        Nothing was saved. The form is older than your login, or your browser keeps no cookies, or
        it was sent by another site.
      </p>
      <p class="actions">
        <a class="button" href="${visit.user === null ? '/login' : '/'}"
          >${visit.user === null ? 'Log in' : 'Front page'}</a
        >
      </p>
      ${
        typeof text === 'string' &&
        text !== '' &&
        textarea({
          name: 'body',
          label: 'What you wrote',
          hint: 'Copy it, open the form again, and paste it there.',
          value: text,
          problem: undefined,
          readOnly: true,
          rows: 12,
        })
      }`,
  }
}
