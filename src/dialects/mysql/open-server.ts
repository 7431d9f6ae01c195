import { userInfo } from 'node:os'
import { ConfigurationError } from '../../errors/index.ts'
import { parseServerAddress, type EngineSettings, type ServerDriver } from '../../engine/index.ts'
import { diagnose } from './connect-fault.ts'
import { ServerConnection } from './server-connection.ts'
import { setUpSession } from './session-setup.ts'
import type { ServerLogin } from './server-socket.ts'
import { textRequest, type Transport, type TransportEvents } from './transport.ts'

/** What differs between driver packages. */
export interface TransportLibrary {
  /** What stands after `+` in the URL. */
  readonly name: string
  connect(
    login: ServerLogin,
    options: { readonly keepsStatements: boolean; readonly events: TransportEvents },
  ): Promise<Transport>
  /** How an integer is given to the driver, so that the server gets it as one. */
  readonly integer: (value: bigint | number) => unknown
}

const PARAMETERS: ReadonlySet<string> = new Set(['socketPath', 'pipelining', 'charset'])

/** Opens connections of an engine through a driver package. */
export function serverDriver(settings: EngineSettings, library: TransportLibrary): ServerDriver {
  const login = loginOf(settings)
  const { options } = settings
  const keepsStatements = options.preparedStatements !== false
  const pipelines = parseServerAddress(settings.url).parameters.get('pipelining') !== 'false'
  const kill = (threadId: number): Promise<void> => killStatement(login, library, threadId)
  return {
    place: {
      user: login.user,
      ...(login.socketPath === undefined ? {} : { server: login.socketPath }),
    },
    connect: open,
    diagnose,
  }

  async function open(): Promise<ServerConnection> {
    let connection: ServerConnection | undefined
    let lossWhileOpening: { readonly error: unknown } | undefined
    const events: TransportEvents = {
      lost(error) {
        lossWhileOpening ??= { error }
        connection?.lost(error)
      },
    }
    const transport = await library.connect(login, { keepsStatements, events })
    const serverIdleLimitMs = await withDeadline(
      setUpSession(transport, options),
      options.connectTimeoutMs,
      transport,
    )
    if (lossWhileOpening !== undefined) throw lossWhileOpening.error
    connection = new ServerConnection(transport, {
      keepsStatements,
      pipelines,
      serverIdleLimitMs,
      integer: library.integer,
      setUp: () => setUpAgain(transport),
      kill,
    })
    return connection
  }

  /** A reset leaves the database that was chosen last. */
  async function setUpAgain(transport: Transport): Promise<void> {
    const { database } = login
    const again =
      database === undefined
        ? undefined
        : transport.send(textRequest(`use \`${database.replaceAll('`', '``')}\``))
    await setUpSession(transport, options)
    const error = (await again)?.error
    if (error !== undefined) throw error
  }
}

function loginOf({ url, options }: EngineSettings): ServerLogin {
  const { host, port, user, password, database, parameters } = parseServerAddress(url)
  for (const name of parameters.keys()) if (!PARAMETERS.has(name)) throw unknownParameter(name)
  return {
    host: host ?? 'localhost',
    port: port ?? 3306,
    user: user ?? userInfo().username,
    password,
    database,
    socketPath: parameters.get('socketPath'),
    ssl: options.ssl,
    connectTimeoutMs: options.connectTimeoutMs,
  }
}

async function killStatement(
  login: ServerLogin,
  library: TransportLibrary,
  threadId: number,
): Promise<void> {
  const transport = await library.connect(login, {
    keepsStatements: false,
    events: { lost() {} },
  })
  try {
    await transport.send(textRequest(`kill query ${threadId}`))
  } finally {
    await transport.close()
  }
}

/** The drivers watch over the log-in only. */
async function withDeadline<T>(work: Promise<T>, ms: number, transport: Transport): Promise<T> {
  if (ms === Infinity) return work
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      transport.destroy()
      reject(Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' }))
    }, ms).unref()
  })
  try {
    return await Promise.race([work, silence])
  } catch (error) {
    transport.destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function unknownParameter(name: string): ConfigurationError {
  return new ConfigurationError(
    `Cannot use the parameter "${name}" of a database URL: there is "socketPath" and "pipelining". Set other things with the engine's options.`,
    { info: { parameter: name } },
  )
}
