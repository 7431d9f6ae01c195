import { execFile } from 'node:child_process'
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

/** The compilers that users of the package may have, and where the devDependencies keep them. */
export const COMPILERS = {
  '5.9': 'node_modules/typescript-5.9/bin/tsc',
  '6.0': 'node_modules/typescript-6.0/bin/tsc',
  '7.0': 'node_modules/typescript/bin/tsc',
} as const
export type Compiler = keyof typeof COMPILERS

/** What a compiler said about a project. */
export interface Verdict {
  /** Its error lines; empty when the project is right. */
  readonly errors: readonly string[]
  readonly instantiations: number
}

const run = promisify(execFile)

/** What the strictest consumer would set, and nothing that only this repository has. */
const CONSUMER_OPTIONS = {
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
  noEmit: true,
}

/** An empty folder outside the repository, so that nothing resolves by accident. Whoever asks for it removes it. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'athanor-consumer-'))
}

/** Builds this working copy into `outDir`, so that no test depends on a dist/ that somebody else left. */
async function build(outDir: string): Promise<void> {
  await run(process.execPath, [COMPILERS['7.0'], '-p', 'tsconfig.build.json', '--outDir', outDir])
}

/** Packs a build of its own as it would be published, and unpacks it into `folder`, as a package manager does. */
export async function installPacked(folder: string): Promise<void> {
  const stage = temporaryFolder()
  for (const path of ['package.json', 'README.md', 'LICENSE', 'src'])
    cpSync(path, join(stage, path), { recursive: true })
  await build(join(stage, 'dist'))
  await run('npm', ['pack', '--ignore-scripts'], { cwd: stage }) // prepack has been done
  mkdirSync(folder, { recursive: true })
  const [tarball = ''] = globSync('*.tgz', { cwd: stage })
  await run('tar', ['-xzf', join(stage, tarball), '-C', folder, '--strip-components=1'])
  rmSync(stage, { recursive: true })
}

/**
 * Makes `folder` a project that has the build of this working copy as its `athanor`, and the packages named.
 */
export async function createConsumer(
  folder: string,
  packages: readonly string[] = [],
): Promise<void> {
  const library = join(folder, 'node_modules/athanor')
  mkdirSync(library, { recursive: true })
  cpSync('package.json', join(library, 'package.json'))
  await build(join(library, 'dist'))
  mkdirSync(join(folder, 'node_modules/@types'))
  for (const name of ['kysely', 'fastify-plugin', '@types/node', 'undici-types', ...packages]) {
    symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name))
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', type: 'module' }))
}

/** Checks the types of `folder/files` with one compiler. A compiler that crashes has an error too. */
export async function compile(
  folder: string,
  compiler: Compiler,
  options: object = {},
): Promise<Verdict> {
  const tsconfig = join(folder, `tsconfig.${compiler}.json`)
  const compilerOptions = { ...CONSUMER_OPTIONS, skipLibCheck: true, ...options }
  writeFileSync(
    tsconfig,
    JSON.stringify({ compilerOptions, include: ['**/*.ts'], exclude: ['node_modules'] }),
  )
  const args = [
    resolve(COMPILERS[compiler]),
    '-p',
    tsconfig,
    '--extendedDiagnostics',
    '--pretty',
    'false',
  ]
  const { failed, output } = await run(process.execPath, args, { maxBuffer: 1 << 28 }).then(
    ({ stdout }) => ({ failed: false, output: stdout }),
    (error: { stdout: string; stderr: string }) => ({
      failed: true,
      output: error.stdout + error.stderr,
    }),
  )
  const errors = output.split('\n').filter((line) => /\berror\b|RangeError/i.test(line))
  const [, instantiations] = /^Instantiations:\s+(\d+)$/m.exec(output) ?? []
  return {
    errors: failed && errors.length === 0 ? [output.slice(0, 500)] : errors,
    instantiations: Number(instantiations),
  }
}
