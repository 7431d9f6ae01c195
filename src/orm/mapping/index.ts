export { checkClassBody, hiddenMember, markGenerated, writtenClasses } from './class-body.ts'
export {
  bigint,
  boolean,
  bytes,
  custom,
  date,
  decimal,
  discriminator,
  float,
  id,
  int,
  json,
  localTimestamp,
  now,
  oneOf,
  text,
  time,
  timestamp,
  uuid,
  varchar,
  version,
  type Column,
  type ColumnFacts,
} from './column-builder.ts'
export { columnsOf } from './columns.ts'
export type { CheckModels, KyselyDB, ModelMap, Models, Snake } from './database-types.ts'
export {
  attachDefinition,
  definitionOf,
  isModelClass,
  ModelDefinition,
  type DefinitionOptions,
} from './definition.ts'
export type {
  AnyEntity,
  ClassOf,
  CollectionOf,
  ColKeys,
  Def,
  DEF,
  DefOf,
  Entity,
  Fields,
  Init,
  InsertRow,
  Key,
  List,
  Loaded,
  Many,
  Maybe,
  Only,
  Path,
  Paths,
  PkOf,
  Ref,
  RelKeys,
  KeyedRow,
  SetRow,
  Writable,
  WriteOnly,
} from './entity-types.ts'
export type {
  Alias,
  CheckItem,
  Cols,
  Cond,
  IndexItem,
  ManyExpr,
  ModelClass,
  ModelOptions,
  OneExpr,
} from './expression-types.ts'
export { extendDefinition, ownDiscriminator } from './inheritance.ts'
export { Mapper, type IdentityKey, type MappedPart } from './mapper.ts'
export type {
  Delete,
  Filter,
  Insert,
  InsertValues,
  IterPagesOptions,
  OnConflict,
  Page,
  PaginateOptions,
  Returning,
  RowOf,
  RowQuery,
  SelectEntity,
  SelectRows,
  Selection,
  StreamOptions,
  Update,
  UpdateSet,
  UpdateWhere,
} from './query-types.ts'
export type { KeysetOptions, KeysetPage } from './keyset-types.ts'
export { Registry, type ModelsOption, type RegistryOptions, type Schemas } from './registry.ts'
export {
  belongsTo,
  hasMany,
  hasOne,
  manyToMany,
  type BelongsTo,
  type BelongsToOptions,
  type Cascade,
  type HasMany,
  type WriteOnlyMany,
  type HasOne,
  type ManyOptions,
  type ManyToManyOptions,
} from './relation-builder.ts'
export { RelationDescriptor } from './relation-descriptor.ts'
export { withGroups } from './deferred-columns.ts'
export { Projection } from './projection.ts'
export { Relationship, type Association } from './relationship.ts'
export { readStored, type ColumnConverter } from './row-functions.ts'
export { alias, ModelAlias, outer } from './alias.ts'
export { check, index } from './table-items.ts'
export { uuidv7 } from './uuidv7.ts'
