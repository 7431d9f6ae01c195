import type { Page as PageOfRows } from 'athanor'
import { pathOf } from '../models/location.ts'
import { html, type Html, type Part } from '../../shared/html.ts'

const DATE = new Intl.DateTimeFormat('en', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
})

/** A moment, for people and for programs. */
export function moment(date: Date): Html {
  return html`<time datetime="${date.toISOString()}">${DATE.format(date)}</time>`
}

/** `guides / testing`, each part a link to what stands there. */
export function breadcrumbs(location: string): Html {
  const parents = location.split('/').slice(0, -1)
  if (parents.length === 0) return html``
  const links = parents.map(
    (name, index) =>
      html`<li><a href="${pathOf(parents.slice(0, index + 1).join('/'))}">${name}</a></li>`,
  )
  return html`<nav class="crumbs" aria-label="Breadcrumbs">
    <ol>
      ${links}
    </ol>
  </nav>`
}

/** Tags as links to their lists. */
export function tagList(names: readonly string[]): Html {
  if (names.length === 0) return html``
  return html`<ul class="tags" aria-label="Tags">
    ${names.map((name) => html`<li><a href="${tagPath(name)}" rel="tag">${name}</a></li>`)}
  </ul>`
}

/** The list of the pages with a tag; page 1 needs no number. */
export function tagPath(name: string, page = 1): string {
  const path = `/pages/list/${encodeURIComponent(name)}`
  return page === 1 ? path : `${path}/${page}`
}

/** Links to the pages of a long list, with gaps where there are many. */
export function pager(page: PageOfRows<unknown>, pathTo: (page: number) => string): Html {
  if (page.pages < 2) return html``
  const links: Part[] = []
  for (const number of page.iterPages())
    links.push(
      html`<li>
        ${number === null ? html`<span class="gap">…</span>` : pageLink(number, page.page, pathTo)}
      </li>`,
    )
  return html`<nav class="pager" aria-label="More of this list">
    <ol>
      ${page.prevNum !== null && html`<li><a href="${pathTo(page.prevNum)}" rel="prev">Previous</a></li>`}
      ${links}
      ${page.nextNum !== null && html`<li><a href="${pathTo(page.nextNum)}" rel="next">Next</a></li>`}
    </ol>
  </nav>`
}

function pageLink(number: number, current: number, pathTo: (page: number) => string): Html {
  return html`<a href="${pathTo(number)}" ${number === current && html` aria-current="page"`}
    ><span class="unseen">Page </span>${number}</a
  >`
}

/** The tabs above a page: read it, change it, see how it came to be. */
export function pageTabs(location: string, current: 'wiki' | 'edit' | 'history' | 'delete'): Html {
  const tabs = [
    ['wiki', 'Read'],
    ['edit', 'Edit'],
    ['history', 'History'],
    ['delete', 'Delete'],
  ] as const
  const links = tabs.map(
    ([action, text]) =>
      html`<li>
        <a href="${pathOf(location, action)}" ${action === current && html` aria-current="page"`}
          >${text}</a
        >
      </li>`,
  )
  return html`<nav class="tabs" aria-label="This page">
    <ul>
      ${links}
    </ul>
  </nav>`
}
