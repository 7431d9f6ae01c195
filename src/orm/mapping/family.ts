import { DataError, MappingError } from '../../errors/index.ts'
import type { Column } from '../../schema/index.ts'
import type { RowFilter } from '../../sql/index.ts'
import type { Mapper } from './mapper.ts'

/** A base and the models that inherit from it, in its table or by further ones: their objects share identities. A column says which row is of which. */
export class Family {
  readonly root: Mapper
  readonly discriminator: Column
  /** Bases before what inherits from them. */
  readonly members: readonly Mapper[]
  readonly #members: Mapper[] = []
  readonly #byValue = new Map<string, Mapper>()

  constructor(root: Mapper, discriminator: Column) {
    this.root = root
    this.discriminator = discriminator
    this.members = this.#members
  }

  /** @throws {MappingError} MAPPING for a discriminator that another member has, or that the column does not take. */
  add(mapper: Mapper): void {
    this.#members.push(mapper)
    const value = mapper.definition.options.discriminator
    if (value === undefined) return
    const { property, type } = this.discriminator
    if (!type.accepts(value))
      throw new MappingError(
        `Cannot map ${mapper.name}: ${this.root.name}.${property} does not take its discriminator; it takes ${type.expects}.`,
      )
    const twin = this.#byValue.get(String(value))
    if (twin !== undefined)
      throw new MappingError(
        `Cannot map ${mapper.name}: ${twin.name} has the same discriminator. Give each model of ${this.root.name} one of its own.`,
        { info: { models: [twin.name, mapper.name] } },
      )
    this.#byValue.set(String(value), mapper)
  }

  /** Which rows of its table are objects of `mapper` or of what inherits from it; undefined = all. */
  filterOf(mapper: Mapper): RowFilter | undefined {
    if (mapper.hasOwnTable) return undefined
    const members = [...this.#byValue.values()].filter((member) => member.isA(mapper))
    return {
      column: this.discriminator,
      stored: members.map((member) => member.discriminatorOf(this.discriminator)),
    }
  }

  /**
   * The member whose object a row is. Hot: once a row.
   *
   * @throws {DataError} UNKNOWN_DISCRIMINATOR when the row is of no member, or of one that is no `asked`.
   */
  memberOf(row: readonly unknown[], asked: Mapper): Mapper {
    const { ordinal } = this.discriminator
    const member = this.#byValue.get(String(this.root.rows.decode(ordinal, row[ordinal])))
    if (member?.isA(asked) === true) return member
    throw this.#unknown(row, asked, member)
  }

  #unknown(row: readonly unknown[], asked: Mapper, member: Mapper | undefined): DataError {
    const { property, table, ordinal } = this.discriminator
    const key = this.root.keyColumns.map((column) => String(row[column.ordinal])).join(', ')
    const known = [...this.#byValue.values()].map(({ name }) => name).join(', ')
    const what =
      member === undefined
        ? `its ${property} stands for none of the models of this Database (${known}). Add the model to \`models\`, or correct the row`
        : `it is a row of ${member.name}. Ask for ${member.name}, or for ${this.root.name}`
    return new DataError(
      `Cannot make an object of ${asked.name} of the row ${key} of "${table.name}": ${what}.`,
      {
        code: 'UNKNOWN_DISCRIMINATOR',
        info: { model: asked.name, property, discriminator: row[ordinal] },
      },
    )
  }
}
