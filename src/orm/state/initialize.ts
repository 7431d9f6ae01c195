import { ArgumentError } from '../../errors/index.ts'
import { ownDiscriminator, type ColumnFacts, type ModelDefinition } from '../mapping/index.ts'
import { createFieldDefiner, type FieldDefiner } from './field-definer.ts'
import type { InstanceState, Properties } from './instance-state.ts'
import { assignRelation } from './relation-access.ts'

const definers = new WeakMap<ModelDefinition, FieldDefiner>()

/** Gives a new object its columns and relations. @throws {ArgumentError} ARGUMENT for a name that the model does not have, or a missing value. */
export function initialize(state: InstanceState, init: unknown): void {
  const { definition, entity } = state
  const given = checkedInit(state, init)
  const names = Object.keys(given).filter((key) => given[key] !== undefined)
  const relations = names.filter((key) => !definition.columns.has(key))
  const values = definition.properties.map((property) =>
    initialValue(state, property, given, relations),
  )
  definerOf(definition).define(entity, values)
  state.given = names
  state.initial = values
  for (const name of relations) assignRelation(state, definition.relation(name), given[name])
}

function checkedInit({ definition, name }: InstanceState, init: unknown): Properties {
  if (typeof init !== 'object' || init === null) {
    throw new ArgumentError(
      `Cannot make a ${name} of ${init === null ? 'null' : typeof init}. Pass an object of its columns: new ${name}({ … }).`,
    )
  }
  const unknown = Object.keys(init).find((key) => !definition.has(key))
  if (unknown === undefined) return init as Properties
  throw new ArgumentError(
    `Cannot make a ${name} with "${unknown}": it has no such column or relation. ${definition.suggestion(unknown)}`,
    { info: { model: name, property: unknown } },
  )
}

function initialValue(
  state: InstanceState,
  property: string,
  given: Properties,
  relations: readonly string[],
): unknown {
  const value = given[property]
  const facts = state.definition.columns.get(property)
  if (facts?.discriminator === true)
    return ownDiscriminator(state.definition, property, { name: state.name, given: value })
  if (value !== undefined || facts === undefined) return value
  if (facts.hasDefault)
    return typeof facts.default === 'function' ? (facts.default as () => unknown)() : facts.default
  if (facts.nullable)
    return facts.serverDefault === undefined && facts.computed === undefined ? null : undefined
  if (
    !mayComeLater(state.definition, property, facts) &&
    !comesByRelation(state.definition, property, relations)
  ) {
    throw new ArgumentError(
      `Cannot make a ${state.name} without "${property}": the column has no default and is not nullable. Pass it: new ${state.name}({ ${property}: … }).`,
      {
        info: { model: state.name, property },
      },
    )
  }
  return undefined
}

/** Whether a column of a new object has a value though nobody gives one. */
export function comesByItself(facts: ColumnFacts): boolean {
  return facts.hasDefault || facts.nullable || facts.discriminator || isGenerated(facts)
}

/** Whether the database gives the value. */
function isGenerated({ autoIncrement, serverDefault, computed }: ColumnFacts): boolean {
  return autoIncrement || serverDefault !== undefined || computed !== undefined
}

/** Whether one of these properties is a relation that gives the column its value. */
export function comesByRelation(
  definition: ModelDefinition,
  property: string,
  given: readonly string[],
): boolean {
  return given.some(
    (name) =>
      definition.relationNames.includes(name) &&
      definition.relation(name).foreignKey.includes(property),
  )
}

/** Whether the database, the flush, or a relation set later can still give the value. */
function mayComeLater(definition: ModelDefinition, property: string, facts: ColumnFacts): boolean {
  if (isGenerated(facts)) return true
  return definition.relations.some((relation) => relation.foreignKey.includes(property))
}

function definerOf(definition: ModelDefinition): FieldDefiner {
  let definer = definers.get(definition)
  if (definer === undefined)
    definers.set(definition, (definer = createFieldDefiner(definition.properties)))
  return definer
}
