import {
  Model,
  belongsTo,
  boolean,
  decimal,
  hasMany,
  hasOne,
  id,
  int,
  json,
  manyToMany,
  now,
  text,
  timestamp,
  varchar,
  version,
} from 'athanor'

/** The models that most tests of the session use. */
export class User extends Model({
  id: id(),
  name: varchar(80).unique(),
  email: varchar(120).nullable(),
  posts: () => hasMany(Post, 'author'),
  profile: () => hasOne(Profile),
}) {
  get shout(): string {
    return this.name.toUpperCase()
  }
}

export class Profile extends Model({
  userId: int().primaryKey(),
  bio: text().default(''),
  user: () => belongsTo(User),
}) {}

export class Post extends Model({
  id: id(),
  title: varchar(200),
  body: text().default(''),
  views: int().default(0),
  published: boolean().default(false),
  createdAt: timestamp().default(now),
  meta: json<{ pins: number[] }>().default(() => ({ pins: [] })),
  authorId: int().index(),
  editorId: int().nullable(),
  author: () => belongsTo(User),
  editor: () => belongsTo(User, { onDelete: 'set null' }),
  comments: () => hasMany(Comment, 'post', { cascade: 'all, delete-orphan', orderBy: 'id' }),
  tags: () => manyToMany(Tag, { through: 'post_tags', orderBy: 'id' }),
}) {}

export class Comment extends Model({
  id: id(),
  body: text(),
  postId: int(),
  parentId: int().nullable(),
  post: () => belongsTo(Post),
  parent: () => belongsTo(Comment),
  children: () => hasMany(Comment, 'parent'),
}) {}

export class Tag extends Model({
  id: id(),
  name: varchar(40).unique(),
  posts: () => manyToMany(Post, { inverse: 'tags' }),
}) {}

/** An account guarded by a version. */
export class Account extends Model({
  id: id(),
  balance: decimal(12, 2).default('0'),
  version: version(),
}) {}

export const blog = { User, Profile, Post, Comment, Tag, Account }
