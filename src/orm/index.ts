export {
  alias, belongsTo, bigint, boolean, bytes, check, columnsOf, custom, date, decimal, definitionOf, float, hasMany, hasOne, id, index, int, isModelClass, json, localTimestamp, manyToMany, Mapper, now, oneOf, outer,
  Registry, text, time, timestamp, uuid, uuidv7, varchar, version,
  type Alias, type AnyEntity, type BelongsTo, type BelongsToOptions, type Cascade, type CheckItem, type CheckModels, type ClassOf, type CollectionOf, type Cols, type Column, type Cond, type Def, type DefOf,
  type Delete, type Entity, type Fields, type Filter, type HasMany, type HasOne, type IdentityKey, type IndexItem, type Init, type Insert, type InsertRow, type InsertValues, type IterPagesOptions, type Key,
  type KyselyDB, type List, type Loaded, type ManyExpr, type ManyOptions, type ManyToManyOptions, type Many, type Maybe, type ModelClass, type ModelMap, type ModelOptions, type ModelsOption, type OnConflict,
  type OneExpr, type Page, type PaginateOptions, type Path, type Paths, type Ref, type RegistryOptions, type RelKeys, type Returning, type RowOf, type RowQuery, type SelectEntity, type Selection, type SelectRows,
  type SetRow, type Snake, type StreamOptions, type TableItem, type Update, type UpdateSet, type UpdateWhere,
} from './mapping/index.ts'
export { assign, inspect, isLoaded, type Inspection, type ObjectStatus } from './state/index.ts'
export { createRegistry, Model, registerQueryScope, selectLater, Session, type QueryScope, type PageSource, type PendingChanges, type RawRows, type SessionContext, type SessionEvent, type SessionListener, type SessionOptions, type Tasks, type TransactionOptions } from './session/index.ts'
