/**
 * Makes `structuredClone` and `postMessage` of `object` fail with `message`. Both read the object's own properties by name, so one that throws is the only way to say
 * anything: what Node says by itself is that some function of the object cannot be cloned. Call it before the object has other properties.
 */
export function refuseTransfer(object: object, message: () => string): void {
  Object.defineProperty(object, NAME, {
    enumerable: true,
    get: () => {
      throw new DOMException(message(), 'DataCloneError')
    },
  })
}

/** What printing the object shows of it. */
const NAME = 'isTransferable'
