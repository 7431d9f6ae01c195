import { html } from 'hono/html'
import type { Todo } from './models.ts'

type Markup = ReturnType<typeof html>

export function listPage(todos: readonly Todo[], notice?: string): Markup {
  return page(html`
    <div class="line">
      <h1>To do</h1>
      <a href="/new">Add something</a>
    </div>
    ${notice && html`<p class="notice" role="status">${notice}</p>`}
    ${
      todos.length === 0
        ? html`<p class="soft">Nothing is on the list.</p>`
        : html`<form method="post" action="/update">
            ${todos.map(item)}
            <p class="actions"><button>Save</button></p>
          </form>`
    }
  `)
}

export function newPage(
  { title, text }: { readonly title: string; readonly text: string },
  problem?: string,
): Markup {
  return page(html`
    <h1>Add something</h1>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <form method="post">
      <label>Title <input name="title" value="${title}" required /></label>
      <label>What is to be done <textarea name="text" required>${text}</textarea></label>
      <p class="actions"><button>Add</button> <a href="/">Cancel</a></p>
    </form>
  `)
}

function item({ id, title, text, done, createdAt }: Todo): Markup {
  return html`<article class="card">
    <label class="line">
      <strong class="${done ? 'done' : ''}">${title}</strong>
      <span class="soft">${createdAt.toISOString().slice(0, 16).replace('T', ' ')}</span>
      <input type="checkbox" name="done.${id}" ${done ? 'checked' : ''} />
    </label>
    <p class="text">${text}</p>
  </article>`
}

function page(content: Markup): Markup {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>To do</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <header><a href="/">To do</a></header>
        <main>${content}</main>
      </body>
    </html>`
}
