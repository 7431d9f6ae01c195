import { existsSync, mkdirSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { ConfigurationError, OperationalError } from '../../errors/index.ts'

/**
 * Where a database's file or folder is: absolute paths as they are, relative ones in the instance folder, which is made when it is missing. Never in the current
 * directory, which depends on how the program was started.
 *
 * @throws {ConfigurationError} CONFIGURATION when there is no folder to start from.
 */
export function resolveFile(path: string, instancePath: string | undefined, what: string): string {
  if (isAbsolute(path)) return path
  const place = `${what} "${path}"`
  const file = join(
    instancePath === undefined ? defaultInstancePath(place) : checked(instancePath, place),
    path,
  )
  try {
    mkdirSync(dirname(file), { recursive: true })
  } catch (cause) {
    throw new OperationalError(
      `Cannot make the folder of the ${what} "${file}". Give an instancePath that this process may write to.`,
      { code: 'CANNOT_OPEN', cause },
    )
  }
  return file
}

function checked(instancePath: string, place: string): string {
  if (isAbsolute(instancePath)) return instancePath
  throw new ConfigurationError(
    `Cannot find the ${place}: instancePath "${instancePath}" is relative itself. Write an absolute path, such as join(import.meta.dirname, 'instance').`,
    {
      info: { instancePath },
    },
  )
}

/** `instance` beside the nearest package.json above the program's main file. */
function defaultInstancePath(place: string): string {
  const main = process.argv[1]
  for (
    let folder = main === undefined ? undefined : dirname(resolve(main));
    folder !== undefined;
    folder = parentOf(folder)
  ) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, 'instance')
  }
  const why =
    main === undefined
      ? 'the program has no main file'
      : `no folder above "${main}" has a package.json`
  throw new ConfigurationError(
    `Cannot find the ${place}: it is relative, and ${why}, so that there is no instance folder. Give the option instancePath, or an absolute path.`,
  )
}

function parentOf(folder: string): string | undefined {
  const parent = dirname(folder)
  return parent === folder ? undefined : parent
}
