import { once } from 'node:events'
import { start, type REPLServer } from 'node:repl'
import { inspect } from 'node:util'
import type { Database, Scope } from '../app/index.ts'

/** Where a shell reads and writes. Default: the terminal. */
export interface ShellOptions {
  /** Default: standard input. */
  readonly input?: NodeJS.ReadableStream
  /** Default: standard output. */
  readonly output?: NodeJS.WritableStream
  /** Names to have besides `db`, `session` and the models. */
  readonly context?: Readonly<Record<string, unknown>>
}

/**
 * A prompt with a Database: `db`, its `session` and every model by its name, in an open scope. Resolves when it is left (`.exit`, end of input).
 *
 * ```ts
 * import { startShell } from 'athanor/shell'
 *
 * await startShell(db)
 * // athanor> await Post.query().count()
 * // athanor> .commit
 * ```
 * `await` may stand anywhere. `.commit` and `.rollback` end the unit of work and begin the next one; what is not committed when the shell is left is
 * rolled back, with the warning of discarded changes. Errors are printed, and the shell goes on. Beside what the lines do, it sends nothing.
 * @throws {ConfigurationError} where several applications are registered.
 * @remarks Semantics: Flask's `flask shell` with Flask-SQLAlchemy's shell context.
 * @since 0.2
 */
export async function startShell(
  db: Pick<Database, 'run'>,
  { input = process.stdin, output = process.stdout, context = {} }: ShellOptions = {},
): Promise<void> {
  await db.run(
    async (scope) => {
      const shell = start({ prompt: 'athanor> ', input, output })
      const names = { ...modelsByName(scope), db, session: scope.session, ...context }
      const fill = (): void => void Object.assign(shell.context, names)
      fill()
      shell.on('reset', fill) // .clear empties it
      Object.assign(shell, { eval: scope.bind(shell.eval) })
      defineCommands(shell, scope)
      await once(shell, 'exit')
    },
    { name: 'shell', kind: 'command' },
  )
}

function modelsByName({ application }: Scope): Record<string, unknown> {
  return Object.fromEntries(application.registry.mappers.map(({ name, model }) => [name, model]))
}

function defineCommands(shell: REPLServer, scope: Scope): void {
  const { output } = shell
  const define = (name: 'commit' | 'rollback', help: string, done: string): void => {
    const act = async (): Promise<void> => {
      try {
        await scope.session[name]()
        output.write(`${done}\n`)
      } catch (error) {
        output.write(`${inspect(error)}\n`)
      }
      shell.displayPrompt()
    }
    shell.defineCommand(name, { help, action: scope.bind(() => void act()) })
  }
  define('commit', 'Store the changes, and begin a new unit of work', 'Committed.')
  define('rollback', 'Drop the changes, and begin a new unit of work', 'Rolled back.')
}
