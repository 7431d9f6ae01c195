// npm run quotes: which numbered behaviours of the specification no test quotes, and which tests quote too many or unknown ones.
// A quote is a comment at a test: `// web 33`, `// session 2.14`, `// settled H6`, `// seed 9`. The numbers are in tools/behaviours.txt.
import { globSync, readFileSync } from 'node:fs'
import ts from 'typescript-6.0'

const MOST_QUOTES_OF_A_TEST = 3
const QUOTE = /\/\/ (seed|web|session|settled) ([A-Z]?\d+(?:\.\d+)?[a-z]?)(?![\w.])/g

interface Quote {
  readonly id: string
  readonly position: number
}
interface TestCall {
  readonly place: string
  readonly start: number
  readonly end: number
}

/** The calls of it() and test() in a file, the comments before them included. */
function testsOf(file: string, text: string): readonly TestCall[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest)
  const tests: TestCall[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      const callee = node.expression.expression.getText(source)
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
      if (/^(?:it|test)\b/.test(callee))
        tests.push({ place: `${file}:${line + 1}`, start: node.getFullStart(), end: node.end })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return tests
}

const quotesOf = (text: string): readonly Quote[] =>
  [...text.matchAll(QUOTE)].map(({ 1: page, 2: number, index }) => ({
    id: `${page} ${number}`,
    position: index,
  }))

function readBehaviours(): readonly (readonly [page: string, numbers: readonly string[]])[] {
  const lines = readFileSync('tools/behaviours.txt', 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [page = '', numbers = ''] = line.split(': ')
    return [page, numbers.split(' ')]
  })
}

const behaviours = readBehaviours()
const known = new Set(
  behaviours.flatMap(([page, numbers]) => numbers.map((number) => `${page} ${number}`)),
)
const quoted = new Set<string>()
const complaints: string[] = []

for (const file of globSync('{test,examples}/**/*.ts', {
  exclude: ['test/planted/**', '**/node_modules/**'],
})) {
  const text = readFileSync(file, 'utf8')
  const quotes = quotesOf(text)
  for (const { id } of quotes) {
    quoted.add(id)
    if (!known.has(id)) complaints.push(`${file} quotes "${id}", which does not exist`)
  }
  for (const { place, start, end } of testsOf(file, text)) {
    const count = quotes.filter(({ position }) => position >= start && position < end).length
    if (count > MOST_QUOTES_OF_A_TEST)
      complaints.push(
        `${place} quotes ${count} behaviours in one test, at most ${MOST_QUOTES_OF_A_TEST}`,
      )
  }
}

for (const [page, numbers] of behaviours) {
  const missing = numbers.filter((number) => !quoted.has(`${page} ${number}`))
  process.stdout.write(
    `${page}: ${numbers.length - missing.length} of ${numbers.length} quoted; no test quotes\n  ${missing.join(' ')}\n`,
  )
}
for (const complaint of complaints) process.stdout.write(`${complaint}\n`)
process.exitCode = complaints.length > 0 ? 1 : 0
