/**
 * Text that can stand in a key without being taken for anything else: all but letters, digits, `_` and `$` is written as a number, so that no two texts
 * give one key and no text looks like the marks that keys are built from.
 */
export function escapeKey(text: string): string {
  return text.replace(/[^\w$]/g, (character) => `%${character.charCodeAt(0).toString(36)};`)
}

/** `shape` with aliases numbered in the order of their appearance: an alias made anew for each call then finds the same statement. */
export function finishKey(shape: string): string {
  if (!shape.includes('@')) return shape
  const ordinals = new Map<string, number>()
  return shape.replace(/@(\d+)/g, (_, token: string) => {
    const ordinal = ordinals.get(token) ?? ordinals.size
    ordinals.set(token, ordinal)
    return `@${ordinal}`
  })
}
