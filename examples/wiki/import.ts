import { stat } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { databaseFrom } from './environment.ts'
import { parseLocation } from './models/location.ts'
import { importFolder, type ImportSource } from './services/import/import-folder.ts'
import { setUp } from './services/set-up.ts'
import { createWiki } from './wiki.ts'

const USAGE =
  'Usage: npx node --conditions=athanor-source examples/wiki/import.ts <folder> [--under <location>] [--tag <name>]…'
const say = (line: string) => void process.stdout.write(`${line}\n`)

const command = await readCommand()
if (typeof command === 'string') {
  say(command)
  process.exitCode = 2
} else await run(command)

/** What is to be imported, or what is wrong with the command. */
async function readCommand(): Promise<ImportSource | string> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      under: { type: 'string', default: '' },
      tag: { type: 'string', multiple: true, default: [] },
    },
  })
  const [folder] = positionals
  if (folder === undefined || positionals.length > 1) return USAGE
  const under = values.under === '' ? '' : parseLocation(values.under)
  if (under === undefined) return `"${values.under}" is no location. ${USAGE}`
  const found = await stat(folder).catch(() => undefined) // whatever is wrong with it, it is no folder to read
  return found?.isDirectory()
    ? { folder, under, tags: values.tag }
    : `There is no folder "${folder}". ${USAGE}`
}

async function run(source: ImportSource): Promise<void> {
  const wiki = createWiki({ ...databaseFrom(process.env), announce: say })
  try {
    await setUp(wiki, undefined)
    const report = await wiki.db.run(() => importFolder(wiki, source), {
      name: `import ${source.folder}`,
      commit: 'onSuccess',
    })
    const { created, updated, unchanged, skipped } = report
    say(
      `${created.length} ${created.length === 1 ? 'page' : 'pages'} created, ${updated.length} updated, ${unchanged.length} unchanged.`,
    )
    for (const { file, reason } of skipped) say(`Left out ${file}: ${reason}.`)
  } finally {
    await wiki.db.dispose()
  }
}
