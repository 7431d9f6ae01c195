/**
 * What becomes of a chunk that a rule matches: `swallow` = it never arrives, and the connection stays; `dropBefore` = the connection is reset and it never
 * arrives; `dropAfter` = it arrives and takes effect, but the connection is reset instead of its answer.
 */
export type FaultAction = 'swallow' | 'dropBefore' | 'dropAfter'

/** A fault that befalls what a client sends. */
export interface FaultRule {
  /** Which chunks, by their bytes read as Latin-1: a chunk is what the client wrote at once. */
  readonly match: string | RegExp
  /** What becomes of them. */
  readonly action: FaultAction
  /** How often at most. Default Infinity. */
  readonly times?: number
  /** The share of matching chunks that it befalls, from 0 to 1, by the proxy's seed. Default 1. */
  readonly probability?: number
}

/** A rule that is in force. */
export interface ActiveFault {
  /** How often it has happened. */
  readonly hits: number
  /** It happens no more. */
  remove(): void
}

/** The rules of a proxy. */
export class FaultRules {
  readonly #random: () => number
  readonly #rules = new Map<FaultRule, number>()

  constructor(random: () => number) {
    this.#random = random
  }

  add(rule: FaultRule): ActiveFault {
    const own = { ...rule } // the same rule may be added twice
    const rules = this.#rules
    let last = 0
    rules.set(own, 0)
    return {
      get hits() {
        return (last = rules.get(own) ?? last)
      },
      remove() {
        last = rules.get(own) ?? last
        rules.delete(own)
      },
    }
  }

  /** What happens to a chunk: the first rule that matches decides. */
  actionFor(chunk: Buffer): FaultAction | undefined {
    if (this.#rules.size === 0) return undefined
    const text = chunk.toString('latin1')
    for (const [rule, hits] of this.#rules) {
      if (hits >= (rule.times ?? Infinity) || !isMatch(rule.match, text)) continue
      if (rule.probability !== undefined && this.#random() >= rule.probability) continue
      this.#rules.set(rule, hits + 1)
      return rule.action
    }
    return undefined
  }
}

function isMatch(match: string | RegExp, text: string): boolean {
  return typeof match === 'string' ? text.includes(match) : text.search(match) >= 0
}
