import { pathOf } from '../models/location.ts'
import type { Page } from '../models/index.ts'
import type { View } from '../web/page-reply.ts'
import type { Visit } from '../web/visit.ts'
import { hidden } from './fields.ts'
import { html } from '../../shared/html.ts'
import { breadcrumbs, pageTabs } from './parts.ts'

/** Asks before a page goes. After a conflict it says so and asks again, for the page as it is now. */
export function deleteView(visit: Visit, page: Page, changed = false): View {
  return {
    title: `Delete ${page.title}`,
    status: changed ? 409 : 200,
    content: html`${breadcrumbs(page.location)}
      <div class="heading">
        <h1>Delete “${page.title}”?</h1>
        ${pageTabs(page.location, 'delete')}
      </div>
      ${
        changed &&
        html`<div class="problems" role="alert">
          <p>
            The page was changed while you were looking.
            <a href="${pathOf(page.location)}">See what it says now</a>, or delete it all the same.
          </p>
        </div>`
      }
      <p>
        Its ${page.version === 1 ? 'text' : `${page.version} versions`} and all comments go with it.
        This cannot be undone.
      </p>
      <form method="post" action="/pages/delete">
        ${visit.csrfField()}${hidden('location', page.location)}${hidden('version', page.version)}
        <p class="actions">
          <button class="danger">Delete the page</button>
          <a href="${pathOf(page.location)}">Keep it</a>
        </p>
      </form>`,
  }
}
