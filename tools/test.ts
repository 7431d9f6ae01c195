// npm test [-- PART_OF_A_PATH …]: two runs of node --test, then what was skipped and why, and the totals.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestNote } from './test-notes.ts'

/** Folders whose tests start processes, open ports or change globals: each file gets a process of its own. */
const APART = [
  'adapters',
  'docs',
  'examples',
  'faults',
  'galera',
  'package',
  'servers',
  'shell',
  'types',
]
/** Folders whose tests take long and need much: they run only when the command names them. */
const ON_DEMAND = ['galera']

/** For a test that waits for what never comes. */
const TEST_TIMEOUT_MS = 180_000
/** For a process that neither ends nor lets its timers run. Many times what a run takes. */
const RUN_TIMEOUT_MS = 25 * 60_000

/** Somebody wants no further run. */
let isInterrupted = false

interface Run {
  readonly title: string
  readonly flags: readonly string[]
  readonly files: readonly string[]
}

const folderOf = (file: string): string => file.split(/[/\\]/)[1] ?? ''
const isApart = (file: string): boolean => APART.includes(folderOf(file))

function plan(wanted: readonly string[]): readonly Run[] {
  const files = globSync('test/**/*.test.ts', { exclude: ['test/planted/**'] })
    .filter((file) =>
      wanted.length === 0
        ? !ON_DEMAND.includes(folderOf(file))
        : wanted.some((part) => file.includes(part)),
    )
    .toSorted()
  return [
    {
      title: 'in one process',
      flags: ['--test-isolation=none'],
      files: files.filter((file) => !isApart(file)),
    },
    {
      title: 'in a process each',
      flags: ['--test-concurrency=2'],
      files: files.filter(isApart),
    },
  ].filter((run) => run.files.length > 0)
}

async function execute(run: Run, notesFile: string): Promise<boolean> {
  print(`\n${run.files.length} test files ${run.title}`)
  const reporters = [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=./tools/test-notes.ts',
    `--test-reporter-destination=${notesFile}`,
  ]
  return await exitsWithZero([
    '--conditions=athanor-source',
    '--expose-gc',
    '--import=./tools/late-exit.mjs',
    '--test',
    '--test-force-exit', // Node 24 can spin for ever in its own clean-up (Environment::CleanupHandles) where sockets were reset shortly before
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    ...run.flags,
    ...reporters,
    ...run.files,
  ])
}

/** Runs Node in a process group of its own, which ends as a whole: on a signal to this process, and when its time is over. */
async function exitsWithZero(args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  })
  const end = (signal: NodeJS.Signals): void => {
    if (child.pid !== undefined) process.kill(-child.pid, signal)
  }
  const interrupt = (signal: NodeJS.Signals): void => {
    end(signal)
    isInterrupted = true
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  const overdue = setTimeout(() => {
    print(`\nThe tests did not end within ${RUN_TIMEOUT_MS / 60_000} minutes and are killed.`)
    end('SIGKILL')
  }, RUN_TIMEOUT_MS)
  const [code] = (await once(child, 'exit')) as [number | null]
  clearTimeout(overdue)
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  return code === 0
}

function readNotes(file: string): readonly TestNote[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter(Boolean).map((line) => JSON.parse(line) as TestNote)
}

function summarize(notes: readonly TestNote[]): void {
  const skipped = notes.filter((note) => note.kind === 'skipped')
  for (const { name, reason } of skipped) print(`skipped: ${name} (${reason})`)
  const total = (key: 'tests' | 'passed' | 'failed' | 'skipped' | 'todo'): number =>
    notes.reduce((sum, note) => (note.kind === 'counts' ? sum + note[key] : sum), 0)
  print(
    `\n${total('tests')} tests: ${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped, ${total('todo')} to do`,
  )
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

const runs = plan(process.argv.slice(2))
if (runs.length === 0)
  throw new Error('No test file matches; the arguments are parts of paths under test/')
const folder = mkdtempSync(join(tmpdir(), 'athanor-tests-'))
try {
  const outcomes: { green: boolean; notes: readonly TestNote[] }[] = []
  for (const [index, run] of runs.entries()) {
    if (isInterrupted) break
    const notesFile = join(folder, `${index}.jsonl`)
    outcomes.push({ green: await execute(run, notesFile), notes: readNotes(notesFile) })
  }
  summarize(outcomes.flatMap((outcome) => outcome.notes))
  if (isInterrupted || !outcomes.every((outcome) => outcome.green)) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
