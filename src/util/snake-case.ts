/**
 * The database's name for a name in the program: `PostTag` becomes `post_tag`, `HTMLLayout` becomes `html_layout`.
 *
 * A letter A–Z gets `_` before it when it follows a–z or 0–9, or when it is not first and a letter a–z follows it; then everything is lower case
 * and underscores in front are dropped. `Snake` in orm/mapping/names.ts does the same to types.
 * @remarks Semantics: Flask-SQLAlchemy 3.1 `camel_to_snake_case`; spec/web.md 44 lists 47 names with their results.
 */
export function snakeCase(name: string): string {
  return name
    .replace(/(?<=[a-z0-9])[A-Z]|(?<!^)[A-Z](?=[a-z])/g, '_$&')
    .toLowerCase()
    .replace(/^_+/, '')
}
