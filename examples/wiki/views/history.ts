import type { Loaded, Page as PageOfRows } from 'athanor'
import type { Article } from '../markdown/article.ts'
import { pathOf } from '../models/location.ts'
import type { Page, Revision } from '../models/index.ts'
import type { DiffLine } from '../services/diff.ts'
import type { Change } from '../services/history.ts'
import type { View } from '../web/page-reply.ts'
import type { Visit } from '../web/visit.ts'
import { diffFacts, diffTable } from './diff.ts'
import { hidden } from './fields.ts'
import { html, type Html } from '../../shared/html.ts'
import { breadcrumbs, moment, pageTabs, pager, tagList } from './parts.ts'

/** The revisions of a page, two of which can be chosen to be compared. */
export function historyView(page: Page, changes: PageOfRows<Change>): View {
  const path = pathOf(page.location, 'history')
  return {
    title: `History of ${page.title}`,
    content: html`${breadcrumbs(page.location)}
      <div class="heading">
        <h1>History of “${page.title}”</h1>
        ${pageTabs(page.location, 'history')}
      </div>
      <form action="${pathOf(page.location, 'diff')}">
        <ol class="changes" reversed>
          ${changes.items.map((change, index) => changeItem(page, change, index))}
        </ol>
        ${page.version > 1 && html`<button>Compare the chosen two</button>`}
      </form>
      ${pager(changes, (number) => `${path}?page=${number}`)}`,
  }
}

function changeItem(page: Page, change: Change, index: number): Html {
  const chosen = (position: number) => index === position && html` checked`
  return html`<li>
    <label class="pick"
      ><input type="radio" name="from" value="${change.number}" ${chosen(1)} /><span
        >from</span
      ></label
    >
    <label class="pick"
      ><input type="radio" name="to" value="${change.number}" ${chosen(0)} /><span>to</span></label
    >
    <span class="what"
      ><a href="${pathOf(page.location, 'history')}?version=${change.number}"
        >Version ${change.number}</a
      >${change.number === page.version && html` <span class="badge">current</span>`}
      <span class="meta">${by(change)}</span>
      ${change.summary && html`<q>${change.summary}</q>`}</span
    >
  </li>`
}

function by({ createdAt, author }: Pick<Change, 'createdAt' | 'author'>): Html {
  return html`${moment(createdAt)}${author && html`, by ${author}`}`
}

/** An earlier version, with the way back to it. */
export function revisionView(
  visit: Visit,
  page: Page,
  revision: Loaded<Revision, 'author'>,
  article: Article,
): View {
  const { number } = revision
  return {
    title: `${revision.title}, version ${number}`,
    content: html`${breadcrumbs(page.location)}
      <div class="heading">
        <h1>${revision.title}</h1>
        ${pageTabs(page.location, 'history')}
      </div>
      <div class="notice">
        <p>
          This is version ${number} of ${page.version}:
          ${by({ createdAt: revision.createdAt, author: revision.author?.name ?? null })}.${revision.summary && html` <q>${revision.summary}</q>`}
        </p>
        ${
          number < page.version &&
          html`<div class="actions">
            <a href="${pathOf(page.location, 'diff')}?from=${number}&amp;to=${page.version}"
              >Compare with the current one</a
            >
            ${visit.user && restoreForm(visit, page, number)}
          </div>`
        }
      </div>
      ${tagList(revision.tags)}
      <div class="prose">${article.render(article.links)}</div>`,
  }
}

function restoreForm(visit: Visit, page: Page, number: number): Html {
  return html`<form method="post" action="/pages/restore">
    ${visit.csrfField()}${hidden('location', page.location)}${hidden('version', page.version)}${hidden('number', number)}<button>
      Restore this version
    </button>
  </form>`
}

/** Two versions against each other. */
export function diffView(
  page: Page,
  from: Revision,
  to: Revision,
  lines: readonly DiffLine[],
): View {
  return {
    title: `${page.title}: version ${from.number} against ${to.number}`,
    content: html`${breadcrumbs(page.location)}
      <div class="heading">
        <h1>Version ${from.number} against ${to.number}</h1>
        ${pageTabs(page.location, 'history')}
      </div>
      ${diffFacts(from, to)} ${diffTable(lines)}`,
  }
}
