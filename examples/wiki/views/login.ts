import type { View } from '../web/page-reply.ts'
import type { Visit } from '../web/visit.ts'
import { hidden, input } from './fields.ts'
import { html } from '../../shared/html.ts'

/** The login, and how to get in. */
export function loginView(
  visit: Visit,
  form: { readonly name: string; readonly next: string; readonly refused: boolean },
): View {
  return {
    title: 'Log in',
    status: form.refused ? 422 : 200,
    content: html`<div class="narrow">
      <h1>Log in</h1>
      <p>Reading and commenting need no login. Writing does.</p>
      ${form.refused && html`<div class="problems" role="alert"><p>Name or password is wrong.</p></div>`}
      <form method="post" action="/login">
        ${visit.csrfField()}${hidden('next', form.next)}
        ${input({ name: 'name', label: 'Name', value: form.name, problem: undefined, maxLength: 60, required: true, autocomplete: 'username' })}
        ${input({ name: 'password', label: 'Password', value: '', problem: undefined, maxLength: 200, required: true, type: 'password', autocomplete: 'current-password' })}
        <button>Log in</button>
      </form>
      <h2>How to get in</h2>
      <p>
        The first start makes one editor, <code>admin</code>, and shows the password in the terminal
        in which the wiki was started. If it has scrolled away, start the wiki with a password of
        your own:
      </p>
      <pre><code>WIKI_ADMIN_PASSWORD=… npm run demo</code></pre>
    </div>`,
  }
}
