/** Runs every step in order, each whatever the others threw, and gives back what they threw. */
export async function runSteps(steps: Iterable<() => unknown>): Promise<readonly unknown[]> {
  const errors: unknown[] = []
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      errors.push(error)
    }
  }
  return errors
}

/** One error for several: the error itself when there is one, an AggregateError when there are more. */
export function combined(errors: readonly unknown[], message: string): unknown {
  return errors.length === 1 ? errors[0] : new AggregateError(errors, message)
}
