/** The target of a hasOne: undefined until it is loaded or set. */
export class OneSlot {
  readonly target: object | null | undefined
  /** The session's epoch when it was loaded. */
  readonly epoch: number
  /** It was set and is not flushed. */
  readonly isChanged: boolean
  /** The target before the first change since the last flush; undefined where nobody has read it, and then the flush does. */
  readonly before: object | null | undefined

  constructor(
    target: object | null | undefined,
    epoch: number,
    change?: { readonly before: object | null | undefined },
  ) {
    this.target = target
    this.epoch = epoch
    this.isChanged = change !== undefined
    this.before = change?.before
  }
}
