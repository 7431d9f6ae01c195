// What assign() takes from whom, and what a model's options take. Compiled only; every ts-expect-error must be needed.
import { assign, belongsTo, check, id, index, int, Model, text, varchar } from 'athanor'
import { expectTypeOf } from 'expect-type'
import { db, Post, User, type PostTag } from './example.ts'

class Note extends Model({
  id: id(),
  title: varchar(200),
  text: text(),
  stars: int(),
  author: () => belongsTo(User),
  authorId: int(),
}) {}

declare const body: unknown
declare const note: Note
declare const user: User

export function newObjects() {
  expectTypeOf(assign(Note, body, ['title', 'text', 'stars'])).toEqualTypeOf<Note>()
  assign(Note, body, ['title', 'text'], { stars: 1, author: user })
  // @ts-expect-error nobody gives `stars`
  assign(Note, body, ['title', 'text'])
  // @ts-expect-error nobody gives `stars`, still
  assign(Note, body, ['title', 'text'], { author: user })
  // @ts-expect-error the client's title or the program's
  assign(Note, body, ['title', 'text', 'stars'], { title: 'x' })
  // @ts-expect-error no such column
  assign(Note, body, ['titel', 'text', 'stars'])
  // @ts-expect-error a client names no objects
  assign(Note, body, ['title', 'text', 'stars', 'author'])
}

export function objects() {
  expectTypeOf(assign(note, body, ['title'])).toEqualTypeOf<Note>()
  // @ts-expect-error no such column
  assign(note, body, ['titel'])
}

export function keysFromAddresses(
  params: Readonly<Record<string, string | string[]>>,
  link: typeof PostTag,
) {
  void db.getOr404(Post, params['id'])
  void db.getOr404(link, { postId: params['post'], tagId: params['tag'] })
  // @ts-expect-error an object is no key of a model with one
  void db.getOr404(Post, { id: params['id'] })
}

export const items = [
  Model({ id: id(), place: int() }, { checks: (c) => [check(c.place.gte(0)).named('place')] }),
  Model({ id: id(), place: int() }, { indexes: (c) => [index(c.place).unique()] }),
  // @ts-expect-error a condition is no index
  Model({ id: id(), place: int() }, { indexes: (c) => [check(c.place.gte(0))] }),
  // @ts-expect-error an index is no condition
  Model({ id: id(), place: int() }, { checks: (c) => [index(c.place)] }),
]
