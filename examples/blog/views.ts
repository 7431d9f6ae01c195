import type { Loaded } from 'athanor'
import { html, type Html } from '../shared/html.ts'
import type { Post, User } from './models.ts'

/** What can be filled in. */
type PostForm = Pick<Post, 'title' | 'body'>

export function indexPage(user: User | null, posts: readonly Loaded<Post, 'author'>[]): string {
  return page(
    'Posts',
    user,
    html`
      <div class="line">
        <h1>Posts</h1>
        ${user && html`<a href="/create">New post</a>`}
      </div>
      ${posts.length === 0 && html`<p class="soft">Nobody has written anything yet.</p>`}
      ${posts.map((post) => article(post, user))}
    `,
  )
}

export function createPage(
  user: User,
  form: PostForm = { title: '', body: '' },
  problem?: string,
): string {
  return page(
    'New post',
    user,
    html`<h1>New post</h1>
      ${warning(problem)} ${postForm(form)}`,
  )
}

export function updatePage(
  user: User,
  { id, ...form }: PostForm & { readonly id: number },
  problem?: string,
): string {
  return page(
    'Edit post',
    user,
    html`<h1>Edit post</h1>
      ${warning(problem)} ${postForm(form)}
      <form method="post" action="/${id}/delete">
        <button class="plain">Delete this post</button>
      </form>`,
  )
}

export function registerPage(name = '', problem?: string): string {
  return page(
    'Register',
    null,
    html`<h1>Register</h1>
      ${warning(problem)} ${accountForm(name, 'Register', 'new-password')}`,
  )
}

export function loginPage(name = '', problem?: string): string {
  return page(
    'Log in',
    null,
    html`<h1>Log in</h1>
      ${warning(problem)} ${accountForm(name, 'Log in', 'current-password')}`,
  )
}

export function errorPage(user: User | null, message: string): string {
  return page('Sorry', user, html`<h1>${message}</h1>`)
}

function page(title: string, user: User | null, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Blog</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <header>
          <a href="/">Blog</a>
          ${
            user === null
              ? html`<a href="/auth/register">Register</a> <a href="/auth/login">Log in</a>`
              : html`<span class="soft">${user.name}</span>
                  <form method="post" action="/auth/logout">
                    <button class="plain">Log out</button>
                  </form>`
          }
        </header>
        <main>${content}</main>
      </body>
    </html>`.toString()
}

function article(post: Loaded<Post, 'author'>, user: User | null): Html {
  const isOwn = post.authorId === user?.id
  return html`<article class="card">
    <div class="line">
      <h2>${post.title}</h2>
      ${isOwn && html`<a href="/${post.id}/update">Edit</a>`}
    </div>
    <p class="soft">${post.author.name}, ${post.createdAt.toISOString().slice(0, 10)}</p>
    <p class="text">${post.body}</p>
  </article>`
}

function postForm({ title, body }: PostForm): Html {
  return html`<form method="post">
    <label>Title <input name="title" value="${title}" required /></label>
    <label>Text <textarea name="body">${body}</textarea></label>
    <p class="actions"><button>Save</button> <a href="/">Cancel</a></p>
  </form>`
}

function accountForm(name: string, action: string, autocomplete: string): Html {
  return html`<form method="post">
    <label>Name <input name="name" value="${name}" required autocomplete="username" /></label>
    <label>
      Password
      <input name="password" type="password" required autocomplete="${autocomplete}" />
    </label>
    <p class="actions"><button>${action}</button></p>
  </form>`
}

function warning(problem: string | undefined): Html | undefined {
  return problem === undefined ? undefined : html`<p class="problem" role="alert">${problem}</p>`
}
