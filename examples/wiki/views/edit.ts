import { pathOf } from '../models/location.ts'
import { parseTags } from '../models/tag-names.ts'
import type { DiffLine } from '../services/diff.ts'
import type { View } from '../web/page-reply.ts'
import type { Visit } from '../web/visit.ts'
import { diffFacts, diffTable, type DiffFacts } from './diff.ts'
import { hidden, input, problemSummary, textarea } from './fields.ts'
import { html, type Html } from '../../shared/html.ts'
import { breadcrumbs, pageTabs } from './parts.ts'

/** An edit as it was filled in. */
export interface EditForm {
  readonly texts: {
    readonly location: string
    readonly title: string
    readonly body: string
    readonly tags: string
    readonly summary: string
    /** The version that the edit begins from; `0` makes a new page. */
    readonly version: string
  }
  readonly problems: Readonly<
    Partial<Record<'location' | 'title' | 'body' | 'tags' | 'summary' | 'version', string>>
  >
}

/** The form for a page, with a preview if one was asked for. */
export function editView(visit: Visit, form: EditForm, preview?: Html): View {
  const isNew = form.texts.version === '0'
  const heading = isNew ? 'New page' : `Edit “${form.texts.title}”`
  return {
    title: heading,
    status: Object.keys(form.problems).length > 0 ? 422 : 200,
    content: html`${!isNew && breadcrumbs(form.texts.location)}
      <div class="heading">
        <h1>${heading}</h1>
        ${!isNew && pageTabs(form.texts.location, 'edit')}
      </div>
      ${problemSummary(form.problems)}
      ${
        preview &&
        html`<section class="preview" aria-labelledby="page:preview">
          <h2 id="page:preview">Preview</h2>
          <p class="hint">Nothing is saved yet.</p>
          <div class="prose">${preview}</div>
        </section>`
      }
      ${editForm(visit, form)}`,
  }
}

/** The page that an edit lost against, and how it differs from the edit. */
export interface Rival extends DiffFacts {
  readonly lines: readonly DiffLine[]
}

/** An edit that came too late: what the page says now (null: it is deleted), what the editor wants it to say, and a form to settle it. */
export function conflictView(visit: Visit, form: EditForm, rival: Rival | null): View {
  const path = pathOf(form.texts.location)
  return {
    title: 'Changed meanwhile',
    status: 409,
    content: html`${breadcrumbs(form.texts.location)}
      <h1>Somebody was faster</h1>
      <div class="problems" role="alert">
        ${
          rival === null
            ? html`<p>
                <strong>Nothing is saved yet.</strong> The page was deleted while you were writing.
                Saving makes it anew, with your text below.
              </p>`
            : html`<p>
                <strong>Nothing is saved yet.</strong> <a href="${path}">The page</a> was changed
                while you were writing. Bring what you want to keep of both into your text below;
                saving replaces the current version.
              </p>`
        }
      </div>
      ${
        rival &&
        html`<section aria-labelledby="page:both">
          <h2 id="page:both">The current version against yours</h2>
          ${diffFacts(rival, { ...form.texts, tags: parseTags(form.texts.tags) })}${diffTable(rival.lines)}
        </section>`
      }
      <h2>Your text</h2>
      ${editForm(visit, form)}`,
  }
}

function editForm(visit: Visit, { texts, problems }: EditForm): Html {
  const isNew = texts.version === '0'
  return html`<form method="post" action="/pages/save" class="edit">
    ${visit.csrfField()}${hidden('version', texts.version)}
    ${
      isNew
        ? input({
            name: 'location',
            label: 'Location',
            value: texts.location,
            problem: problems.location,
            maxLength: 200,
            required: true,
            hint: html`The page’s address after <code>/wiki/</code>, for instance
              <code>guides/testing</code>.`,
          })
        : hidden('location', texts.location)
    }
    ${input({ name: 'title', label: 'Title', value: texts.title, problem: problems.title, maxLength: 200, required: true })}
    ${textarea({ name: 'body', label: 'Text', value: texts.body, problem: problems.body, rows: 18, hint: html`Markdown; <code>[[guides/testing]]</code> is a link to a page. HTML is shown as text.` })}
    ${input({ name: 'tags', label: 'Tags', value: texts.tags, problem: problems.tags, maxLength: 900, hint: 'With commas between them.' })}
    ${input({ name: 'summary', label: 'What you changed, and why', value: texts.summary, problem: problems.summary, maxLength: 200 })}
    <p class="actions">
      <button name="action" value="save">Save</button>
      <button name="action" value="preview" class="quiet">Preview</button>
      <a href="${isNew ? '/' : pathOf(texts.location)}">Cancel</a>
    </p>
  </form>`
}
