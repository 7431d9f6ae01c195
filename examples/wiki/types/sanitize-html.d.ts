/** The part of sanitize-html that the wiki uses; the package brings no types. */
declare module 'sanitize-html' {
  function sanitizeHtml(dirty: string, options?: sanitizeHtml.Options): string

  namespace sanitizeHtml {
    interface Options {
      readonly allowedTags?: readonly string[]
      readonly allowedAttributes?: Readonly<Record<string, readonly string[]>>
      readonly allowedClasses?: Readonly<Record<string, readonly string[]>>
      readonly allowedSchemes?: readonly string[]
      readonly allowedSchemesByTag?: Readonly<Record<string, readonly string[]>>
      readonly allowProtocolRelative?: boolean
    }
  }

  export default sanitizeHtml
}
