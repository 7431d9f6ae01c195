import { ArgumentError } from '../../errors/index.ts'
import { ownDiscriminator, type ColumnFacts, type ModelDefinition } from '../mapping/index.ts'
import { createFieldDefiner, type FieldDefiner } from './field-definer.ts'
import type { InstanceState, Properties } from './instance-state.ts'
import { assignRelation } from './relation-access.ts'

const definers = new WeakMap<ModelDefinition, FieldDefiner>()

/** Gives a new object its columns and relations. Hot: once a new object; bench `d`. @throws {ArgumentError} ARGUMENT for a name that the model does not have, or a missing value. */
export function initialize(state: InstanceState, init: unknown): void {
  const { definition, entity } = state
  const given = checkedInit(state, init)
  const names: string[] = []
  const relations: string[] = []
  for (const name of Object.keys(given)) {
    const isColumn = definition.columns.has(name)
    if (!isColumn && !definition.relationNames.includes(name)) throw unknownName(state, name)
    if (given[name] === undefined) continue
    names.push(name)
    if (!isColumn) relations.push(name)
  }
  const values: unknown[] = []
  for (const property of definition.properties)
    values.push(initialValue(state, property, given, relations))
  definerOf(definition).define(entity, values)
  state.given = names
  state.initial = values
  for (const name of relations) assignRelation(state, definition.relation(name), given[name])
}

function checkedInit({ name }: InstanceState, init: unknown): Properties {
  if (typeof init !== 'object' || init === null) {
    throw new ArgumentError(
      `Cannot make a ${name} of ${init === null ? 'null' : typeof init}. Pass an object of its columns: new ${name}({ … }).`,
    )
  }
  return init as Properties
}

function unknownName({ definition, name }: InstanceState, property: string): ArgumentError {
  return new ArgumentError(
    `Cannot make a ${name} with "${property}": it has no such column or relation. ${definition.suggestion(property)}`,
    { info: { model: name, property } },
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
