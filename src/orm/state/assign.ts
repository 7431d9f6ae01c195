import { ArgumentError, InvalidInputError } from '../../errors/index.ts'
import {
  definitionOf,
  isModelClass,
  type AnyEntity,
  type ClassOf,
  type ColKeys,
  type ColumnFacts,
  type DefOf,
  type Init,
  type ModelDefinition,
  type Writable,
} from '../mapping/index.ts'
import { CLEAN_TEXT, isCleanText } from './clean-text.ts'
import { comesByItself, comesByRelation } from './initialize.ts'
import { stateOf } from './stamp.ts'

/** What a new object needs beside the columns `K`; it may be left out where these are all that it needs. */
type Others<D, K extends PropertyKey> =
  Partial<Omit<Init<D>, K>> extends Omit<Init<D>, K>
    ? [others?: Omit<Init<D>, K>]
    : [others: Omit<Init<D>, K>]

/**
 * Makes an object of the named columns of a request's body, and of the values that the program gives beside them. What is not named cannot be set, whatever a client sends.
 *
 * ```ts
 * import { assign, belongsTo, id, int, Model, text, varchar } from 'athanor'
 *
 * class User extends Model({ id: id(), name: varchar(80) }) {}
 * class Note extends Model({ id: id(), title: varchar(200), text: text(), author: () => belongsTo(User), authorId: int() }) {}
 *
 * export const noteOf = (body: unknown, author: User) => assign(Note, body, ['title', 'text'], { author })
 * ```
 * The object is in no session: add it.
 * @throws {InvalidInputError} INVALID_INPUT, which frameworks answer by 400, for a body that is no object, for a value that its column does not take, for text with
 * NUL in it, and for a named column that the body leaves out though it has no default and is not nullable. @throws {ArgumentError} ARGUMENT for a name that is no column.
 * @since 0.2
 */
export function assign<E extends AnyEntity, const K extends Writable<DefOf<E>>>(
  model: ClassOf<E>,
  body: unknown,
  columns: readonly K[],
  ...others: Others<DefOf<E>, K>
): E
/**
 * Copies the named columns of a request's body, or of any object, to an object of a model; columns that the body leaves out stay as they are. What is not named cannot be
 * set, whatever a client sends.
 *
 * @throws {InvalidInputError} INVALID_INPUT, which frameworks answer by 400, for a body that is no object, and for a value that its column does not take: nothing is
 * assigned then. @throws {ArgumentError} ARGUMENT for a name that is no column.
 */
export function assign<E extends AnyEntity, const K extends ColKeys<DefOf<E>>>(
  entity: E,
  body: unknown,
  columns: readonly K[],
): E
export function assign(
  target: object,
  body: unknown,
  columns: readonly string[],
  others: object = {},
): object {
  if (isModelClass(target)) return create(target, body, columns, others)
  const { definition, name } = stateOf(target, 'assign to')
  return Object.assign(target, valuesOf({ definition, name }, body, columns))
}

function create(
  model: Function,
  body: unknown,
  columns: readonly string[],
  others: object,
): object {
  const owner = { definition: definitionOf(model), name: model.name }
  const values = valuesOf(owner, body, columns)
  for (const property of columns) {
    const facts = columnOf(owner, property)
    const isThere =
      property in values ||
      comesByItself(facts) ||
      comesByRelation(owner.definition, property, Object.keys(others))
    if (!isThere)
      throw refused(owner, property, {
        expected: facts.type.expects,
        fault: 'is missing, and must be',
      })
  }
  return Reflect.construct(model, [{ ...values, ...others }]) as object
}

interface Owner {
  readonly definition: ModelDefinition
  readonly name: string
}

/** The values of the body, all looked at before anything is done with one of them. */
function valuesOf(
  owner: Owner,
  body: unknown,
  columns: readonly string[],
): Readonly<Record<string, unknown>> {
  const facts = columns.map((property) => [property, columnOf(owner, property)] as const)
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new InvalidInputError('Send an object.', {
      expected: 'an object',
      info: { model: owner.name },
    })
  const values: Record<string, unknown> = {}
  for (const [property, { nullable, type }] of facts) {
    const value: unknown = Object.hasOwn(body, property) ? Reflect.get(body, property) : undefined
    if (value === undefined) continue
    if (value === null ? !nullable : !type.accepts(value))
      throw refused(owner, property, { expected: type.expects, fault: 'must be' })
    if (!isCleanText(value))
      throw refused(owner, property, { expected: CLEAN_TEXT, fault: 'must be' })
    values[property] = value
  }
  return values
}

/** @throws {ArgumentError} ARGUMENT: the program asks for what is not there, and no client can help it. */
function columnOf({ definition, name }: Owner, property: string): ColumnFacts {
  const facts = definition.columns.get(property)
  if (facts !== undefined) return facts
  throw new ArgumentError(
    `Cannot assign ${name}.${property}: there is no such column. ${definition.suggestion(property)}`,
    { info: { model: name, property } },
  )
}

/** A client reads the message: it names no model and no table. */
function refused(
  { name }: Owner,
  property: string,
  { expected, fault }: { readonly expected: string; readonly fault: string },
): InvalidInputError {
  return new InvalidInputError(`"${property}" ${fault} ${expected}.`, {
    property,
    expected,
    info: { model: name, property },
  })
}
