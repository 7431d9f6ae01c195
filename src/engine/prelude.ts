import type { Command } from './driver.ts'

interface Savepoint {
  readonly name: string
  readonly command: Command
}

/** BEGIN and SAVEPOINTs that were asked for and wait for the statement that they go with. */
export class Prelude {
  #begin: readonly Command[] = []
  #savepoints: readonly Savepoint[] = []

  /** Whether BEGIN is among them. */
  get begins(): boolean {
    return this.#begin.length > 0
  }

  get isEmpty(): boolean {
    return this.#begin.length === 0 && this.#savepoints.length === 0
  }

  get commands(): readonly Command[] {
    if (this.#savepoints.length === 0) return this.#begin
    return [...this.#begin, ...this.#savepoints.map(({ command }) => command)]
  }

  begin(commands: readonly Command[]): void {
    this.#begin = commands
  }

  savepoint(name: string, command: Command): void {
    this.#savepoints = [...this.#savepoints, { name, command }]
  }

  /** Whether this savepoint waits still: nothing was done in it. */
  has(name: string): boolean {
    return this.#savepoints.some((savepoint) => savepoint.name === name)
  }

  /** Takes a savepoint out, and those inside it; false when it is not here. */
  dropSavepoint(name: string): boolean {
    const place = this.#savepoints.findIndex((savepoint) => savepoint.name === name)
    if (place >= 0) this.#savepoints = this.#savepoints.slice(0, place)
    return place >= 0
  }

  /** Takes everything out if BEGIN is here: the transaction never was; false when it is not. */
  dropBegin(): boolean {
    const { begins } = this
    if (begins) this.clear()
    return begins
  }

  clear(): void {
    this.#begin = []
    this.#savepoints = []
  }
}
