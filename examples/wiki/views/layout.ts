import type { View } from '../web/page-reply.ts'
import type { Visit } from '../web/visit.ts'
import { html, type Html } from '../../shared/html.ts'

// The marks of the wiki: ids of its own have a colon, which the id of a heading in a text never has.
const FLAME = html`<svg class="flame" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
  <path
    d="M12 2c1 4 6 6.5 6 12a6 6 0 0 1-12 0c0-2.2 1-3.9 2.2-5.2.3 1.6 1 2.6 2 3.2C10 8.5 10.5 5 12 2Z"
    fill="currentColor"
  />
</svg>`

/** A whole document around a view. */
export function layout(visit: Visit, view: View): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${view.title} · ${visit.wikiTitle}</title>
        ${view.description && html`<meta name="description" content="${view.description}" />`}
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="/static/flame.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/static/wiki.css" />
      </head>
      <body>
        <a class="skip" href="#page:main">Skip to the content</a>
        ${header(visit)}
        <main id="page:main" tabindex="-1">
          ${visit.notice && html`<p class="notice" role="status">${visit.notice}</p>`}
          ${view.content}
        </main>
        <footer>
          <p>Every answer of this wiki waits for its commit. It runs on athanor.</p>
        </footer>
      </body>
    </html> `
}

function header(visit: Visit): Html {
  return html`<header>
    <a class="brand" href="/">${FLAME}<span>${visit.wikiTitle}</span></a>
    <form class="search" action="/search" role="search">
      <label class="unseen" for="field:q">Search the wiki</label>
      <input id="field:q" name="q" type="search" placeholder="Search" maxlength="100" />
      <button>Search</button>
    </form>
    <nav aria-label="Main">
      <ul>
        ${[navigate(visit, '/pages', 'Pages'), navigate(visit, '/tags', 'Tags'), navigate(visit, '/recent', 'Recent'), account(visit)]}
      </ul>
    </nav>
  </header>`
}

function navigate(visit: Visit, path: string, text: string): Html {
  const here = visit.url.split('?')[0] === path
  return html`<li><a href="${path}" ${here && html` aria-current="page"`}>${text}</a></li>`
}

function account(visit: Visit): Html {
  if (visit.user === null)
    return html`<li><a href="/login?next=${encodeURIComponent(visit.url)}">Log in</a></li>`
  return html`${navigate(visit, '/new', 'New page')}
    <li>
      <form method="post" action="/logout">
        ${visit.csrfField()}<button class="plain" title="Logged in as ${visit.user.name}">
          Log out
        </button>
      </form>
    </li>`
}
