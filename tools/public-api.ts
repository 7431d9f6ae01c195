// npm run public-api [-- --write]: prints the names that the package exports, or writes them to test/public-api.txt for review.
import { readFileSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import ts from 'typescript-6.0'

/** The reviewed list; test/public-api.test.ts compares it with the sources. */
export const REVIEWED = 'test/public-api.txt'

/** What users can import and read. */
export interface PublicApi {
  /** Subpath of the package -> its exports as `class Session`, `type Ref`, sorted. */
  readonly names: Readonly<Record<string, readonly string[]>>
  /** Reachable names and members without a doc comment, as `Session.flush (src/orm/session/session.ts:31)`. */
  readonly undocumented: readonly string[]
  /** How many names and members were looked at. */
  readonly seen: number
}

/** Subpath -> source file, from the `exports` of package.json. */
export function packageEntries(): Record<string, string> {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, string | Record<string, string>>
  }
  const sources = Object.entries(exports).map(([subpath, target]) => [
    subpath.replace(/^\./, 'athanor'),
    typeof target === 'string' ? undefined : target['athanor-source'],
  ])
  return Object.fromEntries(sources.filter(([, source]) => source !== undefined)) as Record<
    string,
    string
  >
}

/** Reads the entries with the compiler of TypeScript 6, the last one that has an interface for programs. */
export function readPublicApi(entries: Readonly<Record<string, string>>): PublicApi {
  const program = ts.createProgram(Object.values(entries), {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    allowImportingTsExtensions: true,
    customConditions: ['athanor-source'],
  })
  const checker = program.getTypeChecker()
  const documentation = new Documentation(checker)
  const names: Record<string, string[]> = {}
  for (const [subpath, file] of Object.entries(entries)) {
    const source = program.getSourceFile(resolve(file)) ?? program.getSourceFile(file)
    const module = source && checker.getSymbolAtLocation(source)
    if (module === undefined) throw new Error(`${file} exports nothing`)
    const exported = checker.getExportsOfModule(module).map((symbol) => aliased(checker, symbol))
    names[subpath] = checker
      .getExportsOfModule(module)
      .map((symbol) => `${kindOf(aliased(checker, symbol))} ${symbol.name}`)
      .toSorted()
    for (const symbol of exported) documentation.visit(symbol)
  }
  return { names, undocumented: documentation.missing.toSorted(), seen: documentation.seen }
}

/** The text of the reviewed list. */
export function formatNames(names: PublicApi['names']): string {
  return Object.entries(names)
    .map(([subpath, list]) => [subpath, ...list.map((name) => `  ${name}`), ''].join('\n'))
    .join('\n')
}

/** Walks from the exported names to everything that their declarations mention, and notes what has no doc comment. */
class Documentation {
  readonly missing: string[] = []
  readonly #checker: ts.TypeChecker
  readonly #visited = new Set<ts.Symbol>()

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker
  }

  get seen(): number {
    return this.#visited.size
  }

  visit(symbol: ts.Symbol, owner = ''): void {
    if (this.#visited.has(symbol)) return
    const declarations = (symbol.declarations ?? []).filter(isOurs)
    if (declarations.length === 0 || declarations.some(isInternal)) return
    this.#visited.add(symbol)
    const name = `${owner}${symbol.name}`
    if (ts.displayPartsToString(symbol.getDocumentationComment(this.#checker)).trim() === '') {
      this.missing.push(`${name} (${placeOf(declarations[0])})`)
    }
    for (const declaration of declarations) {
      for (const member of membersOf(declaration)) {
        const found = this.#checker.getSymbolAtLocation(member.name)
        if (found !== undefined) this.visit(found, `${symbol.name}.`)
      }
      for (const base of heritageOf(declaration)) {
        const found = this.#checker.getSymbolAtLocation(base)
        if (found !== undefined) this.#visitBase(aliased(this.#checker, found))
      }
    }
  }

  /** A base that is not exported needs no words of its own, but its members are members of what is exported. */
  #visitBase(symbol: ts.Symbol): void {
    if (this.#visited.has(symbol)) return
function aliased(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0
  return isAlias ? checker.getAliasedSymbol(symbol) : symbol
}

function kindOf(symbol: ts.Symbol): string {
  const kinds: readonly (readonly [number, string])[] = [
    [ts.SymbolFlags.Class, 'class'],
    [ts.SymbolFlags.Function, 'function'],
    [ts.SymbolFlags.Variable, 'const'],
    [ts.SymbolFlags.Interface, 'interface'],
    [ts.SymbolFlags.TypeAlias, 'type'],
  ]
  return kinds.find(([flag]) => (symbol.flags & flag) !== 0)?.[1] ?? 'unknown'
}

function isOurs(declaration: ts.Declaration): boolean {
  return !declaration.getSourceFile().fileName.includes('/node_modules/')
}

function isInternal(declaration: ts.Declaration): boolean {
  return ts.getJSDocTags(declaration).some((tag) => tag.tagName.text === 'internal')
}

function isHidden(node: ts.Node): boolean {
  const isPrivate =
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword)
  return (
    isPrivate ||
    (ts.isClassElement(node) && node.name !== undefined && ts.isPrivateIdentifier(node.name))
  )
}

type Named = ts.Node & { readonly name: ts.PropertyName }

/** Members of classes, interfaces, and of the object types that an alias or a constant is made of. Well-known symbols explain themselves. */
function membersOf(declaration: ts.Declaration): Named[] {
  const own =
    ts.isClassLike(declaration) || ts.isInterfaceDeclaration(declaration)
      ? [...declaration.members]
      : literalMembers(
          'type' in declaration ? (declaration.type as ts.TypeNode | undefined) : undefined,
        )
  return own.filter(
    (member): member is typeof member & Named =>
      member.name !== undefined &&
      !ts.isComputedPropertyName(member.name) &&
      !ts.isConstructorDeclaration(member) &&
      !isHidden(member),
  )
}

function literalMembers(type: ts.TypeNode | undefined): ts.TypeElement[] {
  if (type === undefined) return []
  if (ts.isTypeLiteralNode(type)) return [...type.members]
  if (ts.isParenthesizedTypeNode(type)) return literalMembers(type.type)
  const parts = ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type) ? [...type.types] : []
  return parts.flatMap(literalMembers)
}

function mentionedType(node: ts.Node): ts.Node | undefined {
  if (ts.isTypeReferenceNode(node)) return node.typeName
  if (ts.isTypeQueryNode(node)) return node.exprName
  return ts.isExpressionWithTypeArguments(node) ? node.expression : undefined
}

function placeOf(declaration: ts.Declaration | undefined): string {
  if (declaration === undefined) return 'unknown'
  const source = declaration.getSourceFile()
  const { line } = source.getLineAndCharacterOfPosition(declaration.getStart())
  return `${relative(process.cwd(), source.fileName)}:${line + 1}`
}

if (import.meta.main) {
  const { names, undocumented } = readPublicApi(packageEntries())
  if (process.argv.includes('--write')) writeFileSync(REVIEWED, formatNames(names))
  else process.stdout.write(formatNames(names))
  for (const name of undocumented) process.stdout.write(`without a doc comment: ${name}\n`)
}
