import { Page, type Tag } from '../../models/index.ts'
import { cleanLine, cleanText } from '../../models/clean-text.ts'
import { BODY_LENGTH } from '../../models/page.ts'
import { TAG_LENGTH, TAG_LIMIT, parseTags } from '../../models/tag-names.ts'
import type { Wiki } from '../../wiki.ts'
import { applyDraft, emptyPage, tagsNamed, type Draft } from '../revise-page.ts'
import { readFolder, type Skipped } from './read-folder.ts'
import { rewriteLinks } from './rewrite-links.ts'
import { locationOfFile, readSourceFile, type SourceFile } from './source-file.ts'

/** A folder of Markdown and where it goes. */
export interface ImportSource {
  readonly folder: string
  /** The location that the pages come to stand under. Default: the top. */
  readonly under?: string
  /** Tags for every page, besides those a file names itself. */
  readonly tags?: readonly string[]
}

/** What an import did, by location. */
export interface ImportReport {
  readonly created: readonly string[]
  readonly updated: readonly string[]
  readonly unchanged: readonly string[]
  readonly skipped: readonly Skipped[]
}

/**
 * Imports a folder in the transaction of the scope: all of its pages or, after an error, none. A second import makes new revisions of the pages that differ.
 *
 * Statements: one for the pages that exist, one for their tags, two for new tags, the inserts and updates of one flush, and one or two per changed page
 * for the search index. None is sent per page to find out what is there.
 */
export async function importFolder(wiki: Wiki, source: ImportSource): Promise<ImportReport> {
  const { session } = wiki.db
  const { files, skipped } = await readFolder(source.folder)
  const plan = planImport(files, source)
  const locations = plan.drafts.map((draft) => draft.location)
  const known = await session.select(Page).where({ location: locations }).with('tags').all()
  const pages = new Map(known.map((page) => [page.location, page]))
  const named = await tagsNamed(session, [...new Set(plan.drafts.flatMap((draft) => draft.tags))])
  const tags = new Map(named.map((tag) => [tag.name, tag]))

  const written: { readonly page: Page; readonly draft: Draft }[] = []
  const report = { created: [] as string[], updated: [] as string[], unchanged: [] as string[] }
  for (const draft of plan.drafts) {
    const existing = pages.get(draft.location)
    if (existing !== undefined && isSame(existing, draft)) {
      report.unchanged.push(draft.location)
      continue
    }
    report[existing === undefined ? 'created' : 'updated'].push(draft.location)
    const page = existing ?? session.add(emptyPage(draft.location))
    const version = existing?.version ?? 0
    applyDraft(page, { ...draft, version }, { tags: pick(tags, draft.tags), author: null })
    written.push({ page, draft })
  }
  await session.flush()
  for (const { page, draft } of written) await wiki.search.put(session, { ...draft, id: page.id })
  return { ...report, skipped: [...skipped, ...plan.skipped] }
}

/** What the files say, as drafts. Touches no database. */
function planImport(
  files: readonly SourceFile[],
  source: ImportSource,
): { drafts: Draft[]; skipped: Skipped[] } {
  const under = source.under ?? ''
  const skipped: Skipped[] = []
  const locations = new Map<string, string>()
  for (const { path } of files) {
    const location = locationOfFile(path, under)
    if (location === undefined)
      skipped.push({ file: path, reason: 'no location can be made of its path' })
    else if ([...locations.values()].includes(location))
      skipped.push({ file: path, reason: `another file is at "${location}" already` })
    else locations.set(path, location)
  }
  const drafts: Draft[] = []
  for (const file of files) {
    const location = locations.get(file.path)
    if (location === undefined) continue
    const draft = draftOf(file, location, { tags: source.tags ?? [], locations })
    if (draft.body.length > BODY_LENGTH)
      skipped.push({ file: file.path, reason: `it is longer than ${BODY_LENGTH} characters` })
    else drafts.push(draft)
  }
  return { drafts, skipped }
}

function draftOf(
  file: SourceFile,
  location: string,
  context: { tags: readonly string[]; locations: ReadonlyMap<string, string> },
): Draft {
  const page = readSourceFile(file.text, location)
  const tags = parseTags([...context.tags, ...page.tags].join()).map((name) =>
    name.slice(0, TAG_LENGTH),
  )
  return {
    location,
    title: cleanLine(page.title),
    body: rewriteLinks(cleanText(page.body), file.path, context.locations),
    tags: tags.slice(0, TAG_LIMIT),
    summary: `Imported from ${file.path}`.slice(0, 200),
    version: 0,
  }
}

function isSame(page: Page & { readonly tags: readonly Tag[] }, draft: Draft): boolean {
  const tags = page.tags.map((tag) => tag.name)
  return (
    page.title === draft.title &&
    page.body === draft.body &&
    tags.toSorted().join() === draft.tags.toSorted().join()
  )
}

function pick(tags: ReadonlyMap<string, Tag>, names: readonly string[]): Tag[] {
  return names.flatMap((name) => tags.get(name) ?? [])
}
