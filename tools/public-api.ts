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
  /** Exported names and members of theirs without a doc comment, as `Session.flush (src/orm/session/session.ts:31)`. */
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

/** Looks at exported names and at their members, inherited ones included, and notes what has no doc comment. */
class Documentation {
  readonly missing: string[] = []
  readonly #checker: ts.TypeChecker
  readonly #visited = new Set<ts.Declaration>()

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker
  }

  get seen(): number {
    return this.#visited.size
  }

  visit(symbol: ts.Symbol): void {
    this.#look(symbol)
    for (const member of this.#membersOf(symbol)) this.#look(member)
  }

  /** Passes by what is not for users: internal, private, or of somebody else's library. */
  #look(symbol: ts.Symbol): void {
    const [declaration, ...others] = (symbol.declarations ?? []).filter(isOurs)
    if (declaration === undefined || this.#visited.has(declaration)) return
    if ([declaration, ...others].some(isHidden)) return
    this.#visited.add(declaration)
    const comment = ts.displayPartsToString(symbol.getDocumentationComment(this.#checker))
    if (comment.trim() === '')
      this.missing.push(`${ownerOf(declaration)}${symbol.name} (${placeOf(declaration)})`)
  }

  #membersOf(symbol: ts.Symbol): readonly ts.Symbol[] {
    return (symbol.declarations ?? []).flatMap((declaration): readonly ts.Symbol[] => {
      if (ts.isTypeAliasDeclaration(declaration))
        return this.#symbolsOf(literalMembers(declaration.type))
      if (ts.isInterfaceDeclaration(declaration))
        return this.#propertiesOf(this.#checker.getDeclaredTypeOfSymbol(symbol))
      if (!ts.isClassDeclaration(declaration)) return []
      const statics = this.#propertiesOf(this.#checker.getTypeOfSymbol(symbol))
      return [
        ...this.#propertiesOf(this.#checker.getDeclaredTypeOfSymbol(symbol)),
        ...statics.filter(({ name }) => name !== 'prototype'),
      ]
    })
  }

  #symbolsOf(members: readonly ts.TypeElement[]): readonly ts.Symbol[] {
    return members.flatMap(({ name }) => (name && this.#checker.getSymbolAtLocation(name)) ?? [])
  }

  /** Well-known symbols such as `[Symbol.asyncDispose]` explain themselves. */
  #propertiesOf(type: ts.Type): readonly ts.Symbol[] {
    return this.#checker.getPropertiesOfType(type).filter(({ name }) => !name.startsWith('__@'))
  }
}

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

function isHidden(node: ts.Declaration): boolean {
  const isInternal = ts.getJSDocTags(node).some((tag) => tag.tagName.text === 'internal')
  const isPrivate = (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0
  const name = ts.getNameOfDeclaration(node)
  return isInternal || isPrivate || (name !== undefined && ts.isPrivateIdentifier(name))
}

/** Members of the object types that an alias is made of. */
function literalMembers(type: ts.TypeNode): readonly ts.TypeElement[] {
  if (ts.isTypeLiteralNode(type)) return type.members
  if (ts.isParenthesizedTypeNode(type)) return literalMembers(type.type)
  const parts = ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type) ? type.types : []
  return parts.flatMap(literalMembers)
}

/** `Session.` for a member of Session. */
function ownerOf(declaration: ts.Declaration): string {
  const owner = ts.findAncestor(
    declaration.parent,
    (node) =>
      ts.isClassDeclaration(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node),
  )
  const name = owner && ts.getNameOfDeclaration(owner)
  return name === undefined ? '' : `${name.getText()}.`
}

function placeOf(declaration: ts.Declaration): string {
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
