import { readFileSync } from 'node:fs'
import ts from 'typescript-6.0'

/** What the architecture rules need to know of one source file. */
export interface SourceFacts {
  /** Every module named by an import: static, type-only, re-exported, dynamic, `import('x').T`. */
  readonly imports: readonly string[]
  /** Dynamic imports whose module is computed: nobody can tell where they lead. */
  readonly computedImports: number
  readonly readsEnvironment: boolean
}

/** Reads the syntax tree, so that comments and strings are never taken for code. */
export function readSourceFacts(file: string): SourceFacts {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest)
  const imports: string[] = []
  let computedImports = 0
  let readsEnvironment = false
  const visit = (node: ts.Node): void => {
    const module = moduleOf(node)
    if (module !== undefined && ts.isStringLiteralLike(module)) imports.push(module.text)
    else if (module !== undefined) computedImports += 1
    if (isEnvironment(node)) readsEnvironment = true
    ts.forEachChild(node, visit)
  }
  visit(source)
  return { imports, computedImports, readsEnvironment }
}

function moduleOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isImportTypeNode(node)) {
    return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument
  }
  const isDynamic =
    ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
  return isDynamic ? node.arguments[0] : undefined
}

function isEnvironment(node: ts.Node): boolean {
  if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return false
  const name = ts.isPropertyAccessExpression(node) ? node.name : node.argumentExpression
  const isEnv = (ts.isIdentifier(name) || ts.isStringLiteral(name)) && name.text === 'env'
  return isEnv && ts.isIdentifier(node.expression) && node.expression.text === 'process'
}
