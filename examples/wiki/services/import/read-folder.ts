import { readFile, readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { SourceFile } from './source-file.ts'

/** A file that was left out, and why. */
export interface Skipped {
  readonly file: string
  readonly reason: string
}

/** The Markdown files of a folder and of all folders in it, in the order of their paths. Hidden folders, dependencies and symbolic links are not followed. */
export async function readFolder(
  folder: string,
): Promise<{ files: SourceFile[]; skipped: Skipped[] }> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const paths = entries
    .filter((entry) => entry.isFile() && /\.(?:md|markdown)$/i.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter(
      (path) => !path.split('/').some((part) => part.startsWith('.') || part === 'node_modules'),
    )
    .toSorted()
  const files: SourceFile[] = []
  const skipped: Skipped[] = []
  for (const path of paths) {
    const text = decodeText(await readFile(join(folder, path)))
    if (text === undefined) skipped.push({ file: path, reason: 'it is not UTF-8 text' })
    else files.push({ path, text })
  }
  return { files, skipped }
}

function decodeText(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    return undefined
  }
}
