import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { missingBinaries } from './binaries.ts'
import { MariaDb, type MariaDbOptions } from './mariadb.ts'
import { freePort } from './ports.ts'

const PROVIDERS = ['/usr/lib/galera/libgalera_smm.so', '/usr/lib64/galera-4/libgalera_smm.so']
const SYNCED_EVERY_MS = 50

/** Where a node listens for its peers: group communication, incremental and whole transfers of state. */
interface NodePorts {
  readonly group: number
  readonly increment: number
  readonly state: number
}

/** A node of a Galera cluster: a MariaDB server that certifies its transactions with the others. */
export class GaleraNode extends MariaDb {
  static override get missing(): string | undefined {
    if (!PROVIDERS.some((path) => existsSync(path))) return 'not installed: galera-4'
    return MariaDb.missing ?? missingBinaries(['rsync', 'lsof', 'ss'])
  }

  /** Makes a node that has not started, of the cluster whose members listen at `peers`; the first, which has none, makes the cluster. */
  static async create(peers: readonly number[]): Promise<GaleraNode> {
    const ports = {
      group: await freePort(),
      increment: await freePort(),
      state: await freePort(),
    }
    const options = { settings: clusterSettings(ports, peers) }
    return new GaleraNode(await freePort(), await MariaDb.prepareFolder(), options, ports)
  }

  readonly ports: NodePorts
  #isBootstrap = false

  private constructor(port: number, folder: string, options: MariaDbOptions, ports: NodePorts) {
    super(port, folder, options)
    this.ports = ports
  }

  /** Starts it as the first node of a new cluster. */
  async bootstrap(): Promise<void> {
    this.#isBootstrap = true
    try {
      await this.start()
    } finally {
      this.#isBootstrap = false
    }
  }

  /** Starts it and waits until it has what the others have. */
  override async start(): Promise<void> {
    await super.start()
    await this.whenSynced()
  }

  /** Waits until it belongs to the majority and has what the others have. */
  async whenSynced(): Promise<void> {
    while ((await this.#state()) !== 'Synced') await sleep(SYNCED_EVERY_MS)
  }

  protected override get command(): readonly [string, ...string[]] {
    const command = super.command
    return this.#isBootstrap ? [...command, '--wsrep-new-cluster'] : command
  }

  async #state(): Promise<unknown> {
    const [row] = await this.sql("show status like 'wsrep_local_state_comment'").catch(() => [])
    return row?.['Value']
  }
}

/** Three nodes on one machine. A node that is lost is noticed after a second. */
export class Galera {
  static get missing(): string | undefined {
    return GaleraNode.missing
  }

  /** Starts them one after the other, which takes 10 s: side by side they would wait for each other's state. */
  static async start(size = 3): Promise<Galera> {
    const first = await GaleraNode.create([])
    await first.bootstrap()
    const nodes = [first]
    while (nodes.length < size) {
      const node = await GaleraNode.create(nodes.map(({ ports }) => ports.group))
      await node.start()
      nodes.push(node)
    }
    return new Galera(nodes)
  }

  readonly nodes: readonly GaleraNode[]

  private constructor(nodes: readonly GaleraNode[]) {
    this.nodes = nodes
  }

  async dispose(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.dispose()))
  }
}

function clusterSettings(ports: NodePorts, peers: readonly number[]): Record<string, string> {
  const provider = {
    'gmcast.listen_addr': `tcp://127.0.0.1:${ports.group}`,
    'ist.recv_addr': `127.0.0.1:${ports.increment}`,
    'evs.keepalive_period': 'PT0.3S',
    'evs.inactive_check_period': 'PT0.3S',
    'evs.suspect_timeout': 'PT1S',
    'evs.inactive_timeout': 'PT3S',
    'gcache.size': '16M',
  }
  return {
    'wsrep-on': 'ON',
    'wsrep-provider': PROVIDERS.find((path) => existsSync(path)) ?? '',
    'wsrep-cluster-name': 'athanor',
    'wsrep-cluster-address': `gcomm://${peers.map((port) => `127.0.0.1:${port}`).join(',')}`,
    'wsrep-node-address': `127.0.0.1:${ports.group}`,
    'wsrep-sst-method': 'rsync',
    'wsrep-sst-receive-address': `127.0.0.1:${ports.state}`,
    'wsrep-provider-options': Object.entries(provider)
      .map(([name, value]) => `${name}=${value}`)
      .join(';'),
    'binlog-format': 'ROW',
    'innodb-autoinc-lock-mode': '2',
  }
}
