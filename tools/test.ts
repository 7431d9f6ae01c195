// npm test [-- PART_OF_A_PATH …]: two runs of node --test, then what was skipped and why, and the totals.
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestNote } from './test-notes.ts'

/** Folders whose tests start processes, open ports or change globals: each file gets a process of its own. */
const APART = ['adapters', 'docs', 'examples', 'faults', 'galera', 'package', 'servers', 'types']
/** Folders whose tests take long and need much: they run only when the command names them. */
const ON_DEMAND = ['galera']

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

function execute(run: Run, notesFile: string): boolean {
  print(`\n${run.files.length} test files ${run.title}`)
  const reporters = [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=./tools/test-notes.ts',
    `--test-reporter-destination=${notesFile}`,
  ]
  const { status } = spawnSync(
    process.execPath,
    [
      '--conditions=athanor-source',
      '--expose-gc',
      '--test',
      ...run.flags,
      ...reporters,
      ...run.files,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  return status === 0
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
  const outcomes = runs.map((run, index) => {
    const notesFile = join(folder, `${index}.jsonl`)
    return { green: execute(run, notesFile), notes: readNotes(notesFile) }
  })
  summarize(outcomes.flatMap((outcome) => outcome.notes))
  process.exitCode = outcomes.every((outcome) => outcome.green) ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
