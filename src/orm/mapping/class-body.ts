import { MappingError } from '../../errors/index.ts'
import type { ModelDefinition } from './definition.ts'

const GENERATED = Symbol('athanor.generated')

/** Marks a class of athanor's own, as `Model()` generates them, as against one that the application wrote. @internal */
export function markGenerated(base: Function): void {
  Object.defineProperty(base, GENERATED, { value: true })
}

/** The classes between a model and the root that the application wrote, the model first. @internal */
export function* writtenClasses(model: Function): Generator<Function> {
  for (
    let current = model;
    current !== Function.prototype;
    current = Object.getPrototypeOf(current) as Function
  ) {
    if (!Object.hasOwn(current, GENERATED)) yield current
  }
}

/** Refuses methods and accessors that would hide a column or relation. @throws {MappingError} MAPPING naming the member. */
export function checkClassBody(name: string, model: Function, definition: ModelDefinition): void {
  for (const written of writtenClasses(model)) {
    const member = Object.getOwnPropertyNames(written.prototype).find((key) => definition.has(key))
    if (member !== undefined) throw hiddenMember(name, member, definition)
  }
}

/** The error for a member of a class body that has the name of a column or relation. */
export function hiddenMember(
  name: string,
  member: string,
  definition: ModelDefinition,
): MappingError {
  const kind = definition.columns.has(member) ? 'columns' : 'relations'
  return new MappingError(
    `Cannot map ${name}: its class body declares "${member}", which is one of its ${kind} and would hide it. Remove it from the body, or write: declare ${member}: …`,
    {
      info: { model: name, member },
    },
  )
}
