import type { ConnectionSource, DriverConnection, Engine, Intent } from '../engine/index.ts'
import type { Holder, PoolStatus } from '../pool/index.ts'
import type { MaybePromise } from '../util/index.ts'
import { JoinedConnection } from './joined-connection.ts'
import type { Asker, TestTransaction } from './test-transaction.ts'

const sources = new WeakMap<Engine, JoinableSource>()

/** The source of an engine's connections, as a test scope has it: everybody's own, or while a test's transaction is open all from that. */
export class JoinableSource implements ConnectionSource {
  /** The source of connections as it is without tests. */
  readonly own: ConnectionSource
  /** What all connections are a part of. */
  transaction: TestTransaction | undefined
  readonly #lent = new Set<DriverConnection>()

  private constructor(own: ConnectionSource) {
    this.own = own
  }

  /** The one of an engine; put in place at the first use. */
  static of(engine: Engine): JoinableSource {
    const known = sources.get(engine)
    if (known !== undefined) return known
    engine.wrapSource((own) => {
      const source = new JoinableSource(own)
      sources.set(engine, source)
      return source
    })
    return JoinableSource.of(engine)
  }

  /** In a test it tells how many parts of the transaction are lent, so that a leak shows as ever. */
  get status(): PoolStatus {
    const { status } = this.own
    return this.isJoined ? { ...status, inUse: this.#lent.size } : status
  }

  get isJoined(): boolean {
    return this.transaction !== undefined
  }

  acquire(intent: Intent, holder: Holder): MaybePromise<DriverConnection> {
    if (this.transaction === undefined) return this.own.acquire(intent, holder)
    const onlyReads = intent === 'guardedRead' || intent === 'snapshot'
    return this.#lend(this.transaction, { holder, onlyReads })
  }

  release(connection: DriverConnection): void {
    if (connection instanceof JoinedConnection) this.#lent.delete(connection)
    else this.own.release(connection)
  }

  invalidate(connection: DriverConnection, error: unknown): void {
    if (connection instanceof JoinedConnection) this.#lent.delete(connection)
    else this.own.invalidate(connection, error)
  }

  recycle(connection?: DriverConnection): void {
    if (!(connection instanceof JoinedConnection)) this.own.recycle(connection)
  }

  dispose(): Promise<void> {
    return this.own.dispose()
  }

  /** The test's transaction would be waited for: it ends here. */
  async close(deadlineMs: number): Promise<void> {
    await this.leave()
    await this.own.close(deadlineMs)
  }

  /** Undoes what was done in the test's transaction; everybody has connections of their own again. */
  async leave(): Promise<void> {
    const { transaction } = this
    this.transaction = undefined
    this.#lent.clear()
    await transaction?.rollBack()
  }

  async #lend(transaction: TestTransaction, asker: Asker): Promise<DriverConnection> {
    const connection = await transaction.join(asker)
    this.#lent.add(connection)
    return connection
  }
}
