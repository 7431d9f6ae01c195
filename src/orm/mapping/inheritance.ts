import { ArgumentError, MappingError } from '../../errors/index.ts'
import { ColumnBuilder } from './column-builder.ts'
import { definitionOf, ModelDefinition, type DefinitionOptions } from './definition.ts'

type Source = Readonly<Record<string, unknown>>

/**
 * The definition of a model that extends `base`. With `inherit` its objects are objects of the base too: with 'single' they are rows of the base's table, with 'joined' a row has a second
 * part, in a table of its own. Otherwise columns and relations are copied, for a table of its own.
 *
 * @throws {MappingError} UNSUPPORTED_INHERITANCE for another kind; MAPPING for what a model that inherits cannot have.
 */
export function extendDefinition(
  base: Function,
  more: Source,
  options: DefinitionOptions,
): ModelDefinition {
  const { source, options: inherited } = definitionOf(base)
  const bind = inherited.bind === undefined ? {} : { bind: inherited.bind }
  if (options.inherit === undefined)
    return new ModelDefinition({ ...source, ...more }, { ...bind, ...options })
  checkInheriting(base, more, options)
  return new ModelDefinition({ ...source, ...more }, { ...options, ...bind }, base)
}

function checkInheriting(base: Function, more: Source, options: DefinitionOptions): void {
  const { inherit, table, bind } = options
  if (inherit !== 'single' && inherit !== 'joined') throw unknownKind(base, String(inherit))
  const definition = definitionOf(base)
  const refuse = (reason: string): MappingError =>
    new MappingError(`Cannot extend ${base.name} with inherit: '${inherit}': ${reason}.`)
  if (definition.discriminator === undefined)
    throw refuse('none of its columns says of which model a row is. Add kind: discriminator()')
  if (table !== undefined && inherit === 'single')
    throw refuse('a table has one name. Leave table out')
  if (bind !== undefined && bind !== (definition.options.bind ?? 'default'))
    throw refuse('a row is on one engine. Leave bind out')
  for (const [key, value] of Object.entries(more)) {
    const reason = definition.has(key)
      ? `it has "${key}" already. Choose another name`
      : reasonAgainst(definition, key, value)
    if (reason !== undefined) throw refuse(reason)
  }
}

/** Why a model that inherits cannot add this; undefined = it can. */
function reasonAgainst(
  { version, discriminator }: ModelDefinition,
  key: string,
  added: unknown,
): string | undefined {
  if (!(added instanceof ColumnBuilder)) return undefined
  const { facts } = added
  if (facts.primaryKey) return `"${key}" cannot be part of its primary key. Leave primaryKey() out`
  if (facts.version && version !== undefined)
    return `"${version}" counts its versions already. Leave "${key}" out`
  return facts.discriminator
    ? `"${discriminator ?? ''}" says already of which model a row is`
    : undefined
}

function unknownKind(base: Function, inherit: string): MappingError {
  return new MappingError(
    `Cannot extend ${base.name} with inherit: '${inherit}': there are 'single', rows of several models in one table, and 'joined', a second table for the columns that a model adds. Leave inherit out for a model with a table of its own.`,
    { code: 'UNSUPPORTED_INHERITANCE', info: { model: base.name, inherit } },
  )
}

/**
 * What stands in the discriminator of a new row of a model; `given` by the program counts only if it is the same.
 *
 * @throws {ArgumentError} ARGUMENT for a model that no row is of, and for another's discriminator.
 */
export function ownDiscriminator(
  { options }: ModelDefinition,
  property: string,
  { name, given }: { readonly name: string; readonly given: unknown },
): string | number {
  const { discriminator: own } = options
  if (own === undefined)
    throw new ArgumentError(
      `Cannot make a ${name}: it has no discriminator, so that no row is just a ${name}. Make one of a model that inherits from it, or give it one: { discriminator: '…' }.`,
      { info: { model: name } },
    )
  if (given === undefined || given === own) return own
  throw new ArgumentError(
    `Cannot make a ${name} with another "${property}": athanor writes it. Leave it out, or make one of the other model.`,
    { info: { model: name, property } },
  )
}
