import { renderComment } from '../markdown/comment.ts'
import { pathOf } from '../models/location.ts'
import { COMMENT_LENGTH } from '../models/comment.ts'
import type { Comment, Page } from '../models/index.ts'
import { COMMENT_LIMIT, type Threaded } from '../services/comments.ts'
import type { View } from '../web/page-reply.ts'
import type { Visit } from '../web/visit.ts'
import { hidden, input, problemSummary, textarea } from './fields.ts'
import { html, type Html } from '../../shared/html.ts'
import { breadcrumbs, moment } from './parts.ts'

/** Answers are moved to the right at most this far; deeper ones say whom they answer, as all do. */
const DEEPEST = 4

/** A comment as it was filled in. */
export interface CommentForm {
  readonly texts: { readonly name: string; readonly body: string }
  readonly problems: { readonly name?: string; readonly body?: string }
}

const EMPTY: CommentForm = { texts: { name: '', body: '' }, problems: {} }

/** The conversation below a page. */
export function commentsSection(visit: Visit, page: Page, threads: readonly Threaded[]): Html {
  return html`<section class="comments" aria-labelledby="page:comments">
    <h2 id="page:comments">Comments</h2>
    ${
      threads.length === 0
        ? html`<p class="hint">Nobody has said anything yet.</p>`
        : html`<ol>
            ${threads.map((threaded) => commentItem(visit, page, threaded))}
          </ol>`
    }
    ${threads.length >= COMMENT_LIMIT && html`<p class="hint">Only the first ${COMMENT_LIMIT} comments are shown.</p>`}
    <h3>Say something</h3>
    ${commentForm(visit, { ...EMPTY, page, parent: null })}
  </section>`
}

function commentItem(visit: Visit, page: Page, { comment, depth, parent }: Threaded): Html {
  return html`<li class="comment depth-${Math.min(depth, DEEPEST)}" id="comment:${comment.id}">
    <p class="meta">
      <strong>${comment.removed ? 'Removed' : comment.name}</strong
      >${parent && html` in answer to <a href="#comment:${parent.id}">${parent.removed ? 'a removed comment' : parent.name}</a>`},
      ${moment(comment.createdAt)}
    </p>
    ${comment.removed ? html`<p class="hint">An editor removed this comment.</p>` : html`<div class="prose">${renderComment(comment.body)}</div>`}
    ${
      !comment.removed &&
      html`<div class="actions">
        <details>
          <summary>Answer</summary>
          ${commentForm(visit, { ...EMPTY, page, parent: comment, idSuffix: `-${comment.id}` })}
        </details>
        ${visit.user && removeForm(visit, comment)}
      </div>`
    }
  </li>`
}

function removeForm(visit: Visit, comment: Comment): Html {
  return html`<form method="post" action="/comments/${comment.id}/remove">
    ${visit.csrfField()}<button class="plain">Remove</button>
  </form>`
}

interface FormFacts extends CommentForm {
  readonly page: Page
  /** The comment that is answered. */
  readonly parent: Pick<Comment, 'id'> | null
  /** Tells the forms of one page apart. */
  readonly idSuffix?: string
}

function commentForm(
  visit: Visit,
  { page, parent, texts, problems, idSuffix = '' }: FormFacts,
): Html {
  const name = input({
    name: 'name',
    id: `name${idSuffix}`,
    label: 'Your name',
    value: texts.name,
    problem: problems.name,
    maxLength: 60,
    required: true,
    autocomplete: 'nickname',
  })
  const body = textarea({
    name: 'body',
    id: `body${idSuffix}`,
    label: 'Your comment',
    value: texts.body,
    problem: problems.body,
    hint: 'Markdown works, HTML does not.',
    maxLength: COMMENT_LENGTH,
    required: true,
    rows: 4,
  })
  return html`<form method="post" action="/comments" class="comment-form">
    ${visit.csrfField()}${hidden('page', page.id)}${parent && hidden('parent', parent.id)}
    ${visit.user === null ? name : html`<p class="hint">You write as ${visit.user.name}.</p>`}
    ${body}
    <button>${parent === null ? 'Publish' : 'Publish the answer'}</button>
  </form>`
}

/** A comment that was not accepted, to be filled in again. */
export function commentFormView(visit: Visit, form: FormFacts): View {
  const { page, problems } = form
  return {
    title: 'Your comment',
    status: 422,
    content: html`${breadcrumbs(page.location)}
      <h1>Your comment on <a href="${pathOf(page.location)}">${page.title}</a></h1>
      ${problemSummary(problems)} ${commentForm(visit, form)}`,
  }
}
