import type { Loaded } from 'athanor'
import type { Article } from '../markdown/article.ts'
import type { Heading } from '../markdown/headings.ts'
import { pathOf, titleFor } from '../models/location.ts'
import type { Page } from '../models/index.ts'
import type { View } from '../web/page-reply.ts'
import type { Visit } from '../web/visit.ts'
import { html, type Html } from '../../shared/html.ts'
import { breadcrumbs, moment, pageTabs, tagList } from './parts.ts'

/** A page, read. */
export interface ArticleFacts {
  readonly page: Loaded<Page, 'editor' | 'tags'>
  readonly article: Article
  /** Locations that exist among those that the text links to. */
  readonly existing: ReadonlySet<string>
  /** What readers say of it, with the form for saying more. */
  readonly comments: Html
}

/** A page of the wiki. */
export function articleView({ page, article, existing, comments }: ArticleFacts): View {
  return {
    title: page.title,
    description: page.excerpt,
    content: html`${breadcrumbs(page.location)}
      <div class="columns">
        <article>
          <div class="heading">
            <h1>${page.title}</h1>
            ${pageTabs(page.location, 'wiki')}
          </div>
          <p class="meta">
            Version ${page.version},
            ${moment(page.updatedAt)}${page.editor && html`, by ${page.editor.name}`}
          </p>
          ${tagList(page.tags.map((tag) => tag.name))}
          <div class="prose">${article.render(existing)}</div>
        </article>
        ${contents(article.headings)}
      </div>
      ${comments}`,
  }
}

/** The table of contents; two headings at least make one. */
function contents(headings: readonly Heading[]): Html {
  const shown = headings.filter((heading) => heading.level <= 3)
  if (shown.length < 2) return html``
  return html`<nav class="contents" aria-labelledby="page:contents">
    <h2 id="page:contents">On this page</h2>
    <ol>
      ${shown.map(({ level, id, text }) => html`<li class="level-${level}"><a href="#${encodeURIComponent(id)}">${text}</a></li>`)}
    </ol>
  </nav>`
}

/** What stands where no page is: an offer to write it. */
export function missingPageView(visit: Visit, location: string): View {
  const words = titleFor(location)
  return {
    title: 'No such page',
    status: 404,
    content: html`${breadcrumbs(location)}
      <h1>There is no page “${words}” yet</h1>
      <p>Nobody has written a page at <code>${location}</code>.</p>
      <p class="actions">
        <a class="button" href="${pathOf(location, 'edit')}">Write it</a>
        <a href="/search?q=${encodeURIComponent(words)}">Search for “${words}”</a>
      </p>
      ${visit.user === null && html`<p class="hint">Writing needs a login; the link leads there first.</p>`}`,
  }
}
