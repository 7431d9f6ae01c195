/** Longest location, in characters; the column is as wide. */
export const LOCATION_LENGTH = 200

// A segment begins with a letter or a digit, so "..", ".git" and "-x" are no locations, and no location escapes a folder.
const SEGMENT = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u

/**
 * The one spelling of a location such as `guides/testing`, or `undefined` when it cannot be one.
 *
 * Spaces become hyphens, surplus slashes go, letters keep their case and are composed (NFC), so that one page has one address.
 */
export function parseLocation(text: string): string | undefined {
  const segments = text
    .normalize('NFC')
    .split('/')
    .map((segment) => segment.trim().replaceAll(/\s+/g, '-'))
    .filter((segment) => segment !== '')
  const location = segments.join('/')
  if (location === '' || location.length > LOCATION_LENGTH) return undefined
  return segments.every((segment) => SEGMENT.test(segment)) ? location : undefined
}

/** The path of a page, or of what is done with it: `pathOf('a/b', 'edit')` is `/edit/a/b`. */
export function pathOf(
  location: string,
  action: 'wiki' | 'edit' | 'history' | 'diff' | 'delete' = 'wiki',
): string {
  return `/${action}/${location.split('/').map(encodeURIComponent).join('/')}`
}

/** The location that a path such as `/wiki/a%20b#part` leads to, or `undefined` when it leads elsewhere. */
export function locationOfPath(path: string): string | undefined {
  const match = /^\/wiki\/([^?#]+)/.exec(path)
  if (match?.[1] === undefined) return undefined
  try {
    return parseLocation(decodeURIComponent(match[1]))
  } catch {
    return undefined // not a well-formed escape: no page of ours
  }
}

/** A readable title for a page that has none yet: `guides/unit-of-work` gives `Unit of work`. */
export function titleFor(location: string): string {
  const words = (location.split('/').at(-1) ?? location).replaceAll(/[-_]+/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
