/**
 * Options for a test or suite that needs a server: skipped, with the reason, where it cannot be started.
 *
 * @throws {Error} instead, under REQUIRE_SERVERS=1.
 */
export function needs(server: { readonly missing: string | undefined }): { skip?: string } {
  const { missing } = server
  if (missing === undefined) return {}
  if (process.env['REQUIRE_SERVERS'] === '1')
    throw new Error(`REQUIRE_SERVERS=1, but a server cannot be started: ${missing}.`)
  return { skip: missing }
}
