/** The longest that a timer of Node can wait, 24.8 days; it takes a longer time, and Infinity, for a millisecond. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1

/** As `setTimeout`; never calls `fn` where it would have to wait longer than a timer can. */
export function startTimer(fn: () => void, ms: number): NodeJS.Timeout | undefined {
  return ms > LONGEST_TIMER_MS ? undefined : setTimeout(fn, ms)
}
