import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The page without its blocks of code. */
function prose(page: string): string {
  return page.replaceAll(/^```[^]*?^```$/gm, '')
}

/** How links spell a heading: `Close or dispose?` is `close-or-dispose`. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')
}

/** What can be linked to on a page. */
export function anchorsOf(page: string): string[] {
  return [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))
}

/** The targets of a page's links, those that lead out of the repository left out. */
export function linksOf(page: string): string[] {
  const targets = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

/** The links of a file that lead nowhere. */
export function brokenLinks(file: string, page: string): string[] {
  return linksOf(page).filter((target) => {
    const [path = '', anchor] = target.split('#')
    const other = path === '' ? file : join(dirname(file), path)
    if (path !== '' && !existsSync(other)) return true
    if (anchor === undefined) return false
    return !anchorsOf(path === '' ? page : readFileSync(other, 'utf8')).includes(anchor)
  })
}
