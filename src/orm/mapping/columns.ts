import { ColumnExpression, Source, ToManyExpression, ToOneExpression } from '../../sql/index.ts'
import { definitionOf, type ModelDefinition } from './definition.ts'

const cache = new WeakMap<Source, object>()

/** `Post.c`: an expression for each column and relation of `model`, as rows of `source`. Made at first use, relation arrows included. */
export function columnsOf(model: object, source: Source = Source.of(model)): object {
  const known = cache.get(source)
  if (known !== undefined) return known
  const columns = createColumns(model, source)
  cache.set(source, columns)
  return columns
}

function createColumns(model: object, source: Source): object {
  const definition = definitionOf(model)
  const columns = Object.create(null) as object
  for (const [property, facts] of definition.columns)
    defineLazily(columns, property, () => new ColumnExpression(source, property, facts.type))
  for (const name of definition.relationNames)
    defineLazily(columns, name, () => relationExpression(definition, source, name))
  return columns
}

function relationExpression(definition: ModelDefinition, source: Source, name: string): object {
  const relation = definition.relation(name)
  const target = { target: () => relation.targetModel, columnsOf }
  return relation.toMany
    ? new ToManyExpression(source, name, target)
    : new ToOneExpression(source, name, target)
}

function defineLazily(object: object, key: string, make: () => object): void {
  Object.defineProperty(object, key, {
    enumerable: true,
    configurable: true,
    get() {
      const value = make()
      Object.defineProperty(object, key, { value, enumerable: true })
      return value
    },
  })
}
