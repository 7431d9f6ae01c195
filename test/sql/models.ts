import {
  columnTypes,
  decimalType,
  oneOfType,
  Table,
  varcharType,
  type Column,
  type ColumnType,
} from '../../src/schema/index.ts'
import {
  ColumnExpression,
  ENTITY,
  MODEL,
  Source,
  ToManyExpression,
  ToOneExpression,
  type Catalog,
  type JoinPath,
  wholeRows,
} from '../../src/sql/index.ts'

// The models of these tests: plain classes with the two marks that the orm sets.

class Entity {
  declare readonly id: number | undefined
  static readonly [MODEL] = true
  constructor(values: object = {}) {
    Object.assign(this, values)
  }
}
Object.defineProperty(Entity.prototype, ENTITY, { value: true })

export class User extends Entity {}
export class Post extends Entity {}
export class Tag extends Entity {}
export class Comment extends Entity {}
export class Profile extends Entity {}
export class Audit extends Entity {}
export class Line extends Entity {}

const { int, text, boolean, timestamp, bytes, json, float, bigint } = columnTypes
const columns = {
  User: {
    id: int,
    name: varcharType(80),
    email: text,
    role: oneOfType(['reader', 'admin']),
    score: float,
  },
  Post: {
    id: int,
    title: varcharType(200),
    body: text,
    views: int,
    published: boolean,
    createdAt: timestamp,
    price: decimalType(10, 2),
    hash: bytes,
    settings: json,
    big: bigint,
    authorId: int,
    editorId: int,
  },
  Tag: { id: int, name: text },
  PostTag: { postId: int, tagId: int },
  Comment: { id: int, body: text, postId: int, parentId: int },
  Profile: { userId: int, bio: text },
  Audit: { id: int, what: text },
  Line: { orderId: int, lineNo: int, note: text, previousOrderId: int, previousLineNo: int },
} satisfies Record<string, Record<string, ColumnType>>

const keys: Readonly<Record<string, readonly string[]>> = {
  PostTag: ['postId', 'tagId'],
  Profile: ['userId'],
  Line: ['orderId', 'lineNo'],
}
const nullable = new Set([
  'User.email',
  'Post.editorId',
  'Post.price',
  'Comment.parentId',
  'Line.previousOrderId',
  'Line.previousLineNo',
])

function makeTable(name: string): Table {
  const table = new Table(snake(name), name === 'Audit' ? 'audit' : 'default')
  for (const [property, type] of Object.entries<ColumnType>(
    columns[name as keyof typeof columns],
  )) {
    table.addColumn({
      name: snake(property),
      property,
      type,
      nullable: nullable.has(`${name}.${property}`),
      primaryKey: (keys[name] ?? ['id']).includes(property),
      autoIncrement: keys[name] === undefined && property === 'id',
      serverDefault: undefined,
      computed: undefined,
    })
  }
  return table
}

function snake(name: string): string {
  return name.replace(/(?!^)[A-Z]/g, '_$&').toLowerCase()
}

/** The model classes by name. */
export const models = { User, Post, Tag, Comment, Profile, Audit, Line }
/** Tables by the name of their model. */
export const tables: Readonly<Record<keyof typeof columns, Table>> = Object.fromEntries(
  Object.keys(columns).map((name) => [name, makeTable(name)]),
) as never

/** A column, by `Post.title`. */
export function column(path: `${keyof typeof columns}.${string}`): Column {
  const [model = '', property = ''] = path.split('.')
  const found = tables[model as keyof typeof columns].column(property)
  if (found === undefined) throw new Error(`no column ${path}`)
  return found
}

const pair = (owner: Parameters<typeof column>[0], target: Parameters<typeof column>[0]) =>
  [column(owner), column(target)] as const

const relations: Readonly<Record<string, JoinPath>> = {
  'Post.author': {
    target: User,
    toMany: false,
    optional: false,
    pairs: [pair('Post.authorId', 'User.id')],
  },
  'Post.editor': {
    target: User,
    toMany: false,
    optional: true,
    pairs: [pair('Post.editorId', 'User.id')],
  },
  'Post.comments': {
    target: Comment,
    toMany: true,
    optional: true,
    pairs: [pair('Post.id', 'Comment.postId')],
  },
  'Post.tags': {
    target: Tag,
    toMany: true,
    optional: true,
    pairs: [],
    through: {
      table: tables.PostTag,
      ownerPairs: [pair('Post.id', 'PostTag.postId')],
      targetPairs: [pair('PostTag.tagId', 'Tag.id')],
    },
  },
  'User.profile': {
    target: Profile,
    toMany: false,
    optional: true,
    pairs: [pair('User.id', 'Profile.userId')],
  },
  'User.posts': {
    target: Post,
    toMany: true,
    optional: true,
    pairs: [pair('User.id', 'Post.authorId')],
  },
  'Profile.user': {
    target: User,
    toMany: false,
    optional: false,
    pairs: [pair('Profile.userId', 'User.id')],
  },
  'Comment.post': {
    target: Post,
    toMany: false,
    optional: false,
    pairs: [pair('Comment.postId', 'Post.id')],
  },
  'Comment.parent': {
    target: Comment,
    toMany: false,
    optional: true,
    pairs: [pair('Comment.parentId', 'Comment.id')],
  },
  'Comment.children': {
    target: Comment,
    toMany: true,
    optional: true,
    pairs: [pair('Comment.id', 'Comment.parentId')],
  },
  'Line.previous': {
    target: Line,
    toMany: false,
    optional: true,
    pairs: [
      pair('Line.previousOrderId', 'Line.orderId'),
      pair('Line.previousLineNo', 'Line.lineNo'),
    ],
  },
}

const nameOf = (model: object): keyof typeof columns =>
  (model as Function).name as keyof typeof columns

/** What the orm's registry is for the statements. */
export const catalog: Catalog = {
  cacheKey: '',
  nameOf,
  rowsOf: (model) => wholeRows(tables[nameOf(model)]),
  relation(model, name) {
    const path = relations[`${nameOf(model)}.${name}`]
    if (path === undefined) throw new Error(`no relation ${nameOf(model)}.${name}`)
    return path
  },
}

const columnSets = new WeakMap<Source, object>()

function columnsOf(model: object, source: Source = Source.of(model)): object {
  let made = columnSets.get(source)
  if (made === undefined) {
    made = makeColumns(nameOf(model), source)
    columnSets.set(source, made)
  }
  return made
}

function makeColumns(name: keyof typeof columns, source: Source): object {
  const made: Record<string, unknown> = Object.create(null)
  for (const [property, type] of Object.entries(columns[name]))
    made[property] = new ColumnExpression(source, property, type)
  for (const [label, path] of Object.entries(relations)) {
    const [owner, relation = ''] = label.split('.')
    const targets = { target: () => path.target, columnsOf }
    if (owner === name)
      made[relation] = path.toMany
        ? new ToManyExpression(source, relation, targets)
        : new ToOneExpression(source, relation, targets)
  }
  return made
}

type One<Name extends ModelName> = ToOneExpression & { readonly c: ColumnsOf<Name> }
interface Relations {
  readonly User: { readonly profile: One<'Profile'>; readonly posts: ToManyExpression }
  readonly Post: {
    readonly author: One<'User'>
    readonly editor: One<'User'>
    readonly comments: ToManyExpression
    readonly tags: ToManyExpression
  }
  readonly Comment: {
    readonly post: One<'Post'>
    readonly parent: One<'Comment'>
    readonly children: ToManyExpression
  }
  readonly Profile: { readonly user: One<'User'> }
  readonly Line: { readonly previous: One<'Line'> }
  readonly Tag: object
  readonly Audit: object
}
/** The names of the models. */
export type ModelName = keyof typeof models
/** The columns and relations of a model. */
export type ColumnsOf<Name extends ModelName> = {
  readonly [K in keyof (typeof columns)[Name]]: ColumnExpression
} & Relations[Name]

/** `Post.c`, or the same of an alias. */
export function c<Name extends ModelName>(name: Name, source?: Source): ColumnsOf<Name> {
  return columnsOf(models[name], source) as never
}
