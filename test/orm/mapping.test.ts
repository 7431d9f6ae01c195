import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  MappingError,
  Model,
  belongsTo,
  check,
  hasMany,
  id,
  index,
  int,
  manyToMany,
  text,
  uuid,
} from 'athanor'
import type { ErrorCode } from 'athanor'
import { map } from './fixtures.ts'

/** Fails to map, with a message that has all of these parts. */
function refuses(models: unknown, parts: readonly string[], code: ErrorCode = 'MAPPING'): void {
  assert.throws(
    () => map(models),
    (error: unknown) => {
      assert.ok(error instanceof MappingError, String(error))
      assert.equal(error.code, code)
      for (const part of parts)
        assert.ok(error.message.includes(part), `"${part}" in: ${error.message}`)
      return true
    },
  )
}

class User extends Model({ id: id(), name: text() }) {}

describe('models that cannot be mapped', () => {
  // web 51
  it('have no primary key', () => {
    class Log extends Model({ text: text() }) {}
    refuses({ User, Log }, ['Cannot map Log', 'no primary key', 'id: id()'], 'NO_PRIMARY_KEY')
  })

  // web 49
  it('may have a primary key of several columns', () => {
    class Pair extends Model({ left: int().primaryKey(), right: int().primaryKey() }) {}
    const table = map({ Pair }).metadata.tables.get('pair')
    assert.deepEqual(
      table?.primaryKey.map(({ name }) => name),
      ['left', 'right'],
    )
  })

  it('have a generated key beside another one', () => {
    class Post extends Model({ id: id(), authorId: id() }) {}
    refuses({ Post }, ['Cannot map Post', 'id, authorId', 'int()'])
  })

  // web 50
  it('give one table name to two classes', () => {
    class One extends Model({ id: id() }, { table: 'things' }) {}
    class Two extends Model({ id: id() }, { table: 'things' }) {}
    refuses({ One, Two }, ['"things"', 'One', 'Two', "table: '…'"])
  })

  it('have a relation whose column is missing', () => {
    class Post extends Model({ id: id(), author: () => belongsTo(User) }) {}
    refuses({ User, Post }, ['Cannot map Post.author', 'no column "authorId"', 'authorId: int()'])
  })

  it('have a foreign key of another type than the key it refers to', () => {
    class Post extends Model({ id: id(), authorId: uuid(), author: () => belongsTo(User) }) {}
    refuses({ User, Post }, ['Post.author', 'authorId is uuid', 'User.id is int', 'same type'])
  })

  it('have a relation to a model that the Database does not know', () => {
    class Post extends Model({ id: id(), authorId: int(), author: () => belongsTo(User) }) {}
    refuses({ Post }, ['Cannot map Post.author', 'User', '{ models: { …, User } }'])
  })

  it('have an inverse that does not exist, or several and name none', () => {
    class Post extends Model({
      id: id(),
      authorId: int(),
      editorId: int(),
      author: () => belongsTo(Writer),
      editor: () => belongsTo(Writer),
    }) {}
    class Writer extends Model({ id: id(), posts: () => hasMany(Post) }) {}
    refuses({ Post, Writer }, ['"posts"', 'has author, editor', "hasMany(Post, '…')"])
    class Text extends Model({ id: id() }) {}
    class Poet extends Model({ id: id(), texts: () => hasMany(Text) }) {}
    refuses({ Text, Poet }, ['"texts"', 'exactly one belongsTo', 'has none'])
    class Page extends Model({ id: id(), authorId: int(), author: () => belongsTo(Clerk) }) {}
    class Clerk extends Model({ id: id(), pages: () => hasMany(Page, 'writer' as 'author') }) {}
    refuses({ Page, Clerk }, ['Clerk.pages', 'no belongsTo called "writer"'])
  })

  // settled M7
  it('list too few columns for a composite foreign key', () => {
    class Line extends Model({ orderId: int().primaryKey(), lineNo: int().primaryKey() }) {}
    class Parcel extends Model({ id: id(), lineId: int(), line: () => belongsTo(Line) }) {}
    refuses({ Line, Parcel }, [
      'Parcel.line',
      '2 columns (orderId, lineNo)',
      'the foreign key has 1',
    ])
  })

  it('have a many-to-many relation without a table, or whose other side names nothing', () => {
    class Tag extends Model({
      id: id(),
      posts: () => manyToMany(Post, { inverse: 'labels' as 'tags' }),
    }) {}
    class Post extends Model({ id: id(), tags: () => manyToMany(Tag, { through: 'post_tags' }) }) {}
    refuses({ Tag, Post }, ['Tag.posts', 'no manyToMany called "labels"'])
    class Bare extends Model({
      id: id(),
      users: () => manyToMany(User, {} as { through: string }),
    }) {}
    refuses({ User, Bare }, ['Bare.users', '{ through'])
  })

  // session 3.47
  it('write the table of another model, or of another relation, by a many-to-many', () => {
    class PostTag extends Model(
      { id: id(), postId: int(), tagId: int() },
      { table: 'post_tags' },
    ) {}
    class Tag extends Model({ id: id() }) {}
    class Post extends Model({ id: id(), tags: () => manyToMany(Tag, { through: 'post_tags' }) }) {}
    refuses({ PostTag, Tag, Post }, [
      'Post.tags',
      '"post_tags"',
      'PostTag',
      '{ through: () => PostTag }',
    ])
    class Film extends Model({ id: id(), tags: () => manyToMany(Tag, { through: 'post_tags' }) }) {}
    refuses({ Tag, Post, Film }, ['Film.tags', '"post_tags"', 'a table of its own'])
  })

  it('order a collection by a column that the target does not have', () => {
    class Post extends Model({
      id: id(),
      title: text(),
      authorId: int(),
      author: () => belongsTo(Writer),
    }) {}
    class Writer extends Model({
      id: id(),
      posts: () => hasMany(Post, 'author', { orderBy: '-titel' }),
    }) {}
    refuses({ Post, Writer }, ['Writer.posts', '"-titel"'])
  })

  it('refer to a table or column that no model has', () => {
    class Post extends Model({ id: id(), authorId: int().references('users.id') }) {}
    refuses({ User, Post }, ['Post.authorId', '"users.id"'])
    assert.throws(() => int().references('users' as 'users.id'), {
      code: 'MAPPING',
      message: /'table\.column'/,
    })
  })

  // web 55
  it('are bound to an engine that is not configured, or relate two engines', () => {
    class Audit extends Model({ id: id() }, { bind: 'audit' }) {}
    assert.throws(() => map({ Audit }), {
      code: 'UNKNOWN_ENGINE',
      message: /Cannot map Audit.*"audit".*default.*engines: \{ audit:/,
    })
    class Entry extends Model(
      { id: id(), userId: int(), user: () => belongsTo(User) },
      { bind: 'audit' },
    ) {}
    assert.throws(() => map({ User, Entry }, { engines: { audit: 'sqlite::memory:' } }), {
      code: 'MAPPING',
      message: /Entry\.user.*"audit".*"default"/,
    })
  })

  // settled M3
  it('use a reserved name, or a value that is neither column nor relation', () => {
    for (const name of ['load', 'toJSON', 'then', 'constructor', 'c', 'extend', '$id']) {
      assert.throws(() => Model({ id: id(), [name]: text() }), {
        code: 'MAPPING',
        message: new RegExp(`"${name.replace('$', '\\$')}".*\\.named`),
      })
    }
    assert.throws(() => Model({ id: id(), title: 'text' as never }), {
      code: 'MAPPING',
      message: /"title".*neither a column nor a relation/,
    })
    class Post extends Model({ id: id(), author: () => 1 as never }) {}
    refuses({ Post }, ['"author"', 'gives no relation', 'belongsTo()'])
  })

  // settled M2
  it('are given twice, under one key or under two, or are no models', () => {
    refuses(
      [{ User }, { User: class extends Model({ id: id() }) {} }],
      ['two models called "User"'],
    )
    refuses({ User, Person: User }, ['"User"', '"Person"'])
    refuses({ User, helper: () => 1 }, ['"helper"', 'no model'])
    assert.deepEqual(
      [...map([{ User }, { Log: class extends Model({ id: id() }) {} }]).metadata.tables.keys()],
      ['user', 'log'],
    )
  })

  it('index what is no column, or give items of one option to the other', () => {
    class Post extends Model(
      { id: id(), title: text() },
      { indexes: (c) => [index(c.title.lower())] },
    ) {}
    assert.throws(() => map({ Post }), { code: 'ARGUMENT', message: /not a column of the model/ })
    class Page extends Model({ id: id() }, { indexes: () => ['title' as never] }) {}
    refuses({ Page }, ['Cannot map Page', 'item 1 of its indexes', 'there is also checks'])
    class Line extends Model(
      { id: id(), price: int() },
      { checks: (c) => [check(c.price.gte(0)), index(c.price) as never] },
    ) {}
    refuses({ Line }, ['Cannot map Line', 'item 2 of its checks', 'there is also indexes'])
  })

  it('leave no half of themselves behind: the same classes can be mapped after the mistake is mended', () => {
    class Post extends Model({ id: id(), authorId: int(), author: () => belongsTo(User) }) {}
    refuses({ Post }, ['Post.author'])
    assert.deepEqual([...map({ Post, User }).metadata.tables.keys()], ['post', 'user'])
  })
})
