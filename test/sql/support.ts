import {
  asExpression,
  compile,
  SelectStatement,
  Source,
  valuesOf,
  type CompiledStatement,
  type Expr,
  type SelectItem,
  type SqlDialect,
  type Statement,
} from '../../src/sql/index.ts'
import { questionMarks } from './dialects.ts'
import { catalog, models, type ModelName } from './models.ts'

export { mariadbLike, numbered, postgresLike, questionMarks } from './dialects.ts'
export {
  Audit,
  c,
  catalog,
  column,
  Comment,
  Line,
  Post,
  Profile,
  tables,
  Tag,
  User,
  type ColumnsOf,
} from './models.ts'

/** What a statement becomes: its text, and the parameters of its values. */
export function sent(
  statement: Statement,
  dialect: SqlDialect = questionMarks,
): { readonly sql: string; readonly parameters: readonly unknown[] } {
  const compiled = compile(statement, dialect, catalog)
  return { sql: compiled.sql, parameters: compiled.bind(valuesOf(statement)) }
}

/** The text of a statement. */
export function sqlOf(statement: Statement, dialect?: SqlDialect): string {
  return sent(statement, dialect).sql
}

/** SELECT of objects of a model. */
export function select(name: ModelName): SelectStatement {
  return SelectStatement.of([{ kind: 'entity', source: Source.of(models[name]), columns: ['id'] }])
}

/** SELECT of values. */
export function selectValues(...expressions: Expr<unknown>[]): SelectStatement {
  return SelectStatement.of(
    expressions.map((expression): SelectItem => ({
      kind: 'value',
      expression: asExpression(expression, 'select()'),
    })),
  )
}

/** WHERE of a SELECT of posts, without the text before it. */
export function whereOf(condition: Expr<boolean>, dialect: SqlDialect = questionMarks): string {
  return sqlOf(select('Post').where(condition), dialect).replace(/^.*? where /, '')
}

/** The compiled form of a statement. */
export function compiledOf(
  statement: Statement,
  dialect: SqlDialect = questionMarks,
): CompiledStatement {
  return compile(statement, dialect, catalog)
}

/** Some columns of a model's objects, to select. */
export function entity(model: object, ...columns: string[]): SelectItem {
  return { kind: 'entity', source: Source.of(model), columns }
}

/** One value, to select. */
export function value(expression: Expr<unknown>): SelectItem {
  return { kind: 'value', expression: asExpression(expression, 'select()') }
}
