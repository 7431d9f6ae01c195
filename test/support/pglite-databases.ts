import { readFileSync } from 'node:fs'
import { after } from 'node:test'
import { loadPglite, type PgliteDatabase } from '../../src/dialects/pglite/pglite-library.ts'
import { templateFile } from '../servers/index.ts'
import { EMPTY_POSTGRES, type DatabaseLender, type LentDatabase } from './server-databases.ts'

/** What a PGlite can do beyond what athanor asks of it. */
interface Pglite extends PgliteDatabase {
  exec(sql: string): Promise<unknown>
  dumpDataDir(compression: 'none'): Promise<Blob>
}

interface PgliteOptions {
  readonly dataDir: string
  readonly loadDataDir?: Blob
}

const MEMORY = 'memory://'

/**
 * Whoever opens a database in memory here gets an empty one that was used before: starting a PGlite takes 4 s, from a dump of a new one 0.7 s, emptying one
 * some milliseconds.
 */
export class PgliteDatabases implements DatabaseLender {
  readonly example: string = 'pglite:memory'
  readonly #free: Pglite[] = []
  #isReady: Promise<void> | undefined

  constructor() {
    after(() => Promise.all(this.#free.map((instance) => instance.close()))) // their timers would keep the process
  }

  async lend(): Promise<LentDatabase> {
    await (this.#isReady ??= this.#prepare())
    return { url: this.example, release: async () => {} }
  }

  async #prepare(): Promise<void> {
    const { PGlite } = await loadPglite()
    const create = PGlite.create.bind(PGlite) as (options: PgliteOptions) => Promise<Pglite>
    PGlite.create = async (options) => {
      // PGlite calls itself too, with more options
      const isOurs = options.dataDir === MEMORY && Object.keys(options).length === 1
      return isOurs ? this.#lent(this.#free.pop() ?? (await fromDump(create))) : create(options)
    }
  }

  #lent(instance: Pglite): PgliteDatabase {
    return {
      execProtocolRaw: (messages) => instance.execProtocolRaw(messages),
      close: async () => {
        await instance.exec('rollback')
        await instance.exec('discard all')
        await instance.exec(EMPTY_POSTGRES)
        this.#free.push(instance)
      },
    }
  }
}

async function fromDump(create: (options: PgliteOptions) => Promise<Pglite>): Promise<Pglite> {
  const dump = await templateFile(`pglite-${version()}`, async () => {
    const first = await create({ dataDir: MEMORY })
    const data = await first.dumpDataDir('none')
    await first.close()
    return data.bytes()
  })
  return create({ dataDir: MEMORY, loadDataDir: new Blob([new Uint8Array(dump)]) })
}

function version(): string {
  const manifest = readFileSync('node_modules/@electric-sql/pglite/package.json', 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
