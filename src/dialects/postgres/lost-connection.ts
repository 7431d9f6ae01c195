/** The connection to the server is gone; `cause` is what was noticed first. `Dialect.translateError` makes a DisconnectedError of it. */
export class LostConnection extends Error {
  constructor(cause: unknown) {
    super('The connection was lost.', { cause })
    this.name = 'LostConnection'
  }
}
