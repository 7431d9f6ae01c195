import type { Scope } from '../../app/index.ts'

/** The body of a reply, read in its scope whoever pulls it; `ended` is called once, when it has ended, failed, or was given up. */
export function readInScope(
  body: ReadableStream<Uint8Array>,
  scope: Scope,
  ended: () => void,
): ReadableStream<Uint8Array> {
  const reader = scope.run(() => body.getReader())
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      const { done, value } = await reader.read()
      if (!done) {
        controller.enqueue(value)
        return
      }
      controller.close()
    } catch (error) {
      ended()
      throw error
    }
    ended()
  }
  return new ReadableStream(
    {
      pull: (controller) => scope.run(() => pull(controller)),
      cancel(reason) {
        ended()
        return scope.run(() => reader.cancel(reason))
      },
    },
    { highWaterMark: 0 },
  )
}
