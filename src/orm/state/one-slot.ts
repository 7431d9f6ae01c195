/** The target of a hasOne: undefined until it is loaded or set. */
export class OneSlot {
  readonly target: object | null | undefined
  /** The session's epoch when it was loaded. */
  readonly epoch: number
  /** It was set and is not flushed. */
  readonly isChanged: boolean

  constructor(target: object | null | undefined, epoch: number, isChanged = false) {
    this.target = target
    this.epoch = epoch
    this.isChanged = isChanged
  }
}
