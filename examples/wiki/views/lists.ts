import type { List, Page as PageOfRows } from 'athanor'
import { pathOf } from '../models/location.ts'
import type { Page, Tag } from '../models/index.ts'
import type { SearchHit } from '../search/index.ts'
import type { Change } from '../services/history.ts'
import type { View } from '../web/page-reply.ts'
import { html, type Html } from '../../shared/html.ts'
import { moment, pager, tagList, tagPath } from './parts.ts'

/** A page in a list: without its text. */
export interface PageLine {
  readonly location: string
  readonly title: string
  readonly excerpt: string
}

/** All pages. */
export function allPagesView(pages: PageOfRows<PageLine>): View {
  return {
    title: 'All pages',
    content: html`<h1>All pages</h1>
      <p class="meta">${pages.total ?? 0} pages, in the order of their locations</p>
      <ul class="cards">
        ${pages.items.map((page) => html`<li>${card(page)}</li>`)}
      </ul>
      ${pager(pages, (number) => `/pages?page=${number}`)}`,
  }
}

/** The pages with a tag. */
export function taggedView(
  name: string,
  pages: PageOfRows<Page & { readonly tags: List<Tag> }>,
): View {
  const items = pages.items.map(
    (page) => html`<li>${card(page)}${tagList(page.tags.map((tag) => tag.name))}</li>`,
  )
  return {
    title: `Pages about ${name}`,
    status: pages.total === 0 ? 404 : 200,
    content: html`<h1>Pages about “${name}”</h1>
      <p class="meta">
        ${pages.total === 0 ? 'No page has this tag.' : `${pages.total} with this tag`}
      </p>
      <ul class="cards">
        ${items}
      </ul>
      ${pager(pages, (number) => tagPath(name, number))}`,
  }
}

/** A tag, and how many pages have it. */
export interface TagCount {
  readonly name: string
  readonly pages: number
}

/** All tags. */
export function tagsView(tags: readonly TagCount[]): View {
  return {
    title: 'Tags',
    content: html`<h1>Tags</h1>
      ${
        tags.length === 0
          ? html`<p class="hint">No page has a tag yet.</p>`
          : html`<ul class="tags big">
              ${tags.map(
                ({ name, pages }) =>
                  html`<li>
                    <a href="${tagPath(name)}"
                      >${name}
                      <span class="count">${pages}<span class="unseen"> pages</span></span></a
                    >
                  </li>`,
              )}
            </ul>`
      }`,
  }
}

/** A change, with the page that it was made to. */
export type ChangeOfPage = Change & { readonly location: string; readonly title: string }

/** The latest changes. */
export function recentView(changes: PageOfRows<ChangeOfPage>): View {
  return {
    title: 'Recent changes',
    content: html`<h1>Recent changes</h1>
      <ol class="changes">
        ${changes.items.map(changeItem)}
      </ol>
      ${pager(changes, (number) => `/recent?page=${number}`)}`,
  }
}

/** One change in a list. */
export function changeItem(change: ChangeOfPage): Html {
  const { location, title, number, createdAt, author, summary } = change
  return html`<li>
    <span class="what"
      ><a href="${pathOf(location)}">${title}</a>
      <span class="meta"
        >${number === 1 ? 'written' : html`<a href="${pathOf(location, 'diff')}?from=${number - 1}&amp;to=${number}">version ${number}</a>`},
        ${moment(createdAt)}${author && html`, by ${author}`}</span
      >
      ${summary && html`<q>${summary}</q>`}</span
    >
  </li>`
}

/** What a search found. */
export function searchView(query: string, hits: readonly SearchHit[]): View {
  return {
    title: query === '' ? 'Search' : `Search for ${query}`,
    content: html`<h1>${query === '' ? 'Search' : html`Search for “${query}”`}</h1>
      <p class="meta" role="status">
        ${query === '' ? 'Write what you look for into the field at the top.' : found(hits.length)}
      </p>
      <ul class="cards">
        ${hits.map(
          (hit) =>
            html`<li>
              <a href="${pathOf(hit.location)}">${hit.title}</a>
              <span class="meta">${hit.location}</span>
              <p>${hit.snippet}</p>
            </li>`,
        )}
      </ul>`,
  }
}

function found(count: number): string {
  if (count === 0) return 'No page has all of these words.'
  return count === 1 ? 'One page' : `${count} pages, the best first`
}

function card({ location, title, excerpt }: PageLine): Html {
  return html`<a href="${pathOf(location)}">${title}</a>
    <span class="meta">${location}</span>${excerpt && html`<p>${excerpt}</p>`}`
}
