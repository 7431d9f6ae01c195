import { html, type Html, type Part } from '../../shared/html.ts'

/** How a field looks, and what it has to say. */
export interface FieldView {
  readonly name: string
  /** Distinguishes fields of one name on one page. Default: the name. */
  readonly id?: string
  readonly label: string
  readonly value: string
  /** What is wrong with the value. */
  readonly problem: string | undefined
  /** How to fill it in. */
  readonly hint?: Part
  readonly maxLength?: number
  readonly required?: boolean
  readonly readOnly?: boolean
  readonly type?: 'text' | 'password'
  readonly autocomplete?: string
}

/** A field of one line. */
export function input(field: FieldView): Html {
  const { name, id = name, value, type = 'text', autocomplete = 'off' } = field
  return around(
    field,
    html`<input
      id="field:${id}"
      name="${name}"
      type="${type}"
      value="${value}"
      autocomplete="${autocomplete}"
      ${attributes(field)}
    />`,
  )
}

/** A field of many lines. HTML takes the line break after the tag away: without it a text would lose its first empty line. */
export function textarea(field: FieldView & { readonly rows: number }): Html {
  const { name, id = name, value, rows } = field
  return around(
    field,
    html`<textarea id="field:${id}" name="${name}" rows="${rows}" ${attributes(field)}>
${value}</textarea>`,
  )
}

/** A field that is not shown. */
export function hidden(name: string, value: string | number): Html {
  return html`<input type="hidden" name="${name}" value="${value}" />`
}

/** Says above a form that it was not accepted, with links to the fields. */
export function problemSummary(problems: Readonly<Record<string, string | undefined>>): Html {
  const found = Object.entries(problems)
  if (found.length === 0) return html``
  return html`<div class="problems" role="alert">
    <p><strong>Nothing is saved yet.</strong> Your text is still here; please look at this:</p>
    <ul>
      ${found.map(([name, problem]) => html`<li><a href="#field:${name}">${problem}</a></li>`)}
    </ul>
  </div>`
}

function attributes({ name, id = name, problem, hint, maxLength, ...field }: FieldView): Html {
  const described = [hint && `hint:${id}`, problem && `problem:${id}`].filter(Boolean).join(' ')
  return html`${maxLength && html` maxlength="${maxLength}"`}${field.required && html` required`}${field.readOnly && html` readonly`}${described && html` aria-describedby="${described}"`}${problem && html` aria-invalid="true"`}`
}

function around({ name, id = name, label, problem, hint }: FieldView, control: Html): Html {
  return html`<div class="field">
    <label for="field:${id}">${label}</label>
    ${hint && html`<p class="hint" id="hint:${id}">${hint}</p>`} ${control}
    ${problem && html`<p class="problem" id="problem:${id}">${problem}</p>`}
  </div>`
}
