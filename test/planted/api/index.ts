import type { Base } from './base.ts'

/** Is documented. */
export class Documented {
  /** Is documented. */
  good = 1
  bad = 2
  static worse = 3
  #hidden = 4
  private alsoHidden = 5
  constructor() {
    void [this.#hidden, this.alsoHidden]
  }

  /** Is documented. */
  method(): void {}

  [Symbol.dispose](): void {}

  /** @internal */
  inside = 6
}

/** Inherits a doc comment. */
export class Derived extends Documented {
  override good = 2
}

/** Has a member that nobody described, from a base that is not exported. */
export interface Extended extends Base {}

export const undocumented = 1
/** Is documented. */
export type Options = { readonly size: number } & Base
