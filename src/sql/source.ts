import { escapeKey } from './shape-key.ts'

/** Set on model classes by the orm: how statements recognise one. */
export const MODEL: unique symbol = Symbol.for('athanor.model')
/** Set on the prototype of entities by the orm: how statements recognise one. */
export const ENTITY: unique symbol = Symbol.for('athanor.entity')

/** Whether `value` is a model class. */
export function isModel(value: unknown): value is object {
  return typeof value === 'function' && MODEL in value
}

/** Whether `value` is an object of a model. */
export function isEntity(value: unknown): value is object {
  return typeof value === 'object' && value !== null && ENTITY in value
}

const roots = new WeakMap<object, Source>()
let models = 0
let aliases = 0

/**
 * A place that rows come from: a model, an alias of one, or what a to-one relation leads to. No table: that is known only when a statement is compiled
 * for one database.
 */
export class Source {
  readonly model: object
  /** Part of the keys of all statements that mention it. */
  readonly key: string
  /** Its columns may be null because it is meant for a LEFT JOIN. */
  readonly nullable: boolean
  /** Where the path of relations begins that leads here; the source itself unless it was reached by `related`. */
  readonly root: Source
  /** The step that leads here. */
  readonly step: { readonly from: Source; readonly relation: string } | undefined
  readonly #related = new Map<string, Source>()

  private constructor(
    model: object,
    key: string,
    nullable: boolean,
    step?: { readonly from: Source; readonly relation: string },
  ) {
    this.model = model
    this.key = key
    this.nullable = nullable
    this.step = step
    this.root = step?.from.root ?? this
  }

  /** The source that a model class itself stands for: one a class. */
  static of(model: object): Source {
    let source = roots.get(model)
    if (source === undefined) {
      models += 1
      source = new Source(model, `m${models}`, false)
      roots.set(model, source)
    }
    return source
  }

  /** A new alias. `@` and a number stand in its key until a statement's key is finished: there its ordinal takes the number's place. */
  static alias(model: object, nullable: boolean): Source {
    aliases += 1
    return new Source(model, `${Source.of(model).key}@${aliases}`, nullable)
  }

  /** The source that the to-one relation `relation` leads to, through a join that a statement makes by itself. The same path is the same source. */
  related(relation: string, target: object): Source {
    let source = this.#related.get(relation)
    if (source === undefined) {
      source = new Source(target, `${this.key}>${escapeKey(relation)}`, this.nullable, {
        from: this,
        relation,
      })
      this.#related.set(relation, source)
    }
    return source
  }
}

/** A second copy of a model's table in one statement. */
export function createAlias(model: object, nullable: boolean): Source {
  return Source.alias(model, nullable)
}
