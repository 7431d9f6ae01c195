import type { Reached } from './reached.ts'

/** Is documented. */
export class Documented {
  /** Is documented. */
  good = 1
  bad = 2
  #hidden = 3
  private alsoHidden = 4
  constructor() {
    void [this.#hidden, this.alsoHidden]
  }

  /** Is documented. */
  method(argument: Reached): Map<string, Reached> {
    return new Map([[argument.worse, argument]])
  }

  [Symbol.dispose](): void {}

  /** @internal */
  inside = 5
}

/** Inherits its doc comment. */
export class Derived extends Documented {
  override good = 2
}

export const undocumented = 1
/** Is documented. */
export type Options = { readonly size: number }
