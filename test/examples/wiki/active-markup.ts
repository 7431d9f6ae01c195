const TAG = /<\/?([a-z][a-z0-9]*)((?:\s[^<>]*)?)\/?>/gi
const ATTRIBUTE = /([^\s"'=<>]+)(?:="([^"]*)")?/g
const ACTIVE_TAGS = new Set([
  'script',
  'style',
  'iframe',
  'object',
  'embed',
  'base',
  'template',
  'noscript',
  'audio',
  'video',
  'link',
  'meta',
  'svg',
  'math',
])
const HARMLESS_URL = /^(?:https?:|mailto:|#|(?!\/\/)[^:]*$)/i
const URLS = new Set([
  'href',
  'src',
  'action',
  'formaction',
  'xlink:href',
  'srcset',
  'data',
  'poster',
  'background',
])

/**
 * Whatever in a page's body could act on its own: script and the like, event attributes, inline styles, addresses that are code.
 * The wiki escapes `<`, `>` and both quotes everywhere, so its own tags can be told apart by this simple grammar; a tag that cannot is reported as well.
 */
export function activeMarkup(page: string): string[] {
  const body = page.slice(page.indexOf('<main'), page.indexOf('</main>'))
  const tags = [...body.matchAll(TAG)].filter(
    ([, name = '', attributes = '']) => ACTIVE_TAGS.has(name.toLowerCase()) || acts(attributes),
  )
  const rest = body.replaceAll(TAG, '')
  const broken = rest.includes('<') ? [rest.slice(rest.indexOf('<'), rest.indexOf('<') + 80)] : []
  return [...tags.map(([tag]) => tag), ...broken]
}

function acts(attributes: string): boolean {
  return [...attributes.matchAll(ATTRIBUTE)].some(([, attribute = '', value = '']) => {
    const key = attribute.toLowerCase()
    if (URLS.has(key)) return !HARMLESS_URL.test(value)
    return key.startsWith('on') || key === 'style' || key === 'srcdoc'
  })
}
