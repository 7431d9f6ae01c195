import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { format, inspect as print } from 'node:util'
import { Database, Model, belongsTo, hasMany, id, int, isLoaded, text, varchar } from 'athanor'
import { blog, Comment, Post, Profile, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure } from './support.ts'

/** A class with everything that a class body can have, except a constructor. */
class Page extends Model({ id: id(), title: text(), words: int().default(0) }) {
  readonly #seen: string[] = []
  visits = 0
  get slug(): string {
    return this.title.toLowerCase()
  }
  see(who: string): number {
    this.visits += 1
    return this.#seen.push(who)
  }
  static titled(title: string): Page {
    return new this({ title })
  }
}
/** A concrete model of an abstract base, with both bodies. */
abstract class Dated extends Model({ id: id(), day: varchar(10) }) {
  readonly #log: string[] = ['made']
  note(line: string): readonly string[] {
    this.#log.push(line)
    return this.#log
  }
}
class Entry extends Dated.extend({ text: text() }) {
  edits = 0
}
/** A class with a constructor of its own, which rows do not run. */
class Guarded extends Model({ id: id(), name: text() }) {
  made = 'by hand'
  constructor(init: { name: string }) {
    super(init)
    this.name = this.name.trim()
  }
}

const Pair = class Pair extends Model({ left: int().primaryKey(), right: int().primaryKey() }) {}

describe('the constructor of a model', () => {
  // web 59
  it('refuses a name that the model does not have, and names the nearest', async () => {
    await failure(
      'ARGUMENT',
      ['Cannot make a Post with "titel"', 'Did you mean "title"?'],
      () => new Post({ titel: 'x' } as never),
    )
  })

  it('asks for a missing value by name, and takes a relation in place of a foreign key', async () => {
    await failure(
      'ARGUMENT',
      ['Cannot make a Post without "title"', 'new Post({ title: … })'],
      () => new Post({} as never),
    )
    assert.equal(new Post({ title: 'x' }).title, 'x')
    await failure(
      'ARGUMENT',
      ['Cannot make a Post of undefined', 'new Post({ … })'],
      () => new (Post as unknown as new () => Post)(),
    )
  })

  it('refuses what cannot be in a relation', async () => {
    await failure(
      'ARGUMENT',
      ['a Tag', 'Post.author', 'objects of User'],
      () => new Post({ title: 'x', author: new Tag({ name: 'y' }) } as never),
    )
    await failure(
      'ARGUMENT',
      ['Post.tags', 'array of Tag'],
      () => new Post({ title: 'x', tags: new Tag({ name: 'y' }) } as never),
    )
  })

  // settled M6
  it('works before any Database exists, arrows included', () => {
    class Late extends Model({ id: id(), notes: () => hasMany(Note) }) {}
    class Note extends Model({ id: id(), lateId: int(), late: () => belongsTo(Late) }) {}
    const late = new Late({ notes: [new Note({})] })
    const notes = late.notes as unknown as readonly InstanceType<typeof Note>[]
    assert.equal(notes.length, 1)
    assert.equal(notes[0]?.late, late)
    assert.equal(
      (new Late({}).notes as unknown as readonly object[]).length,
      0,
      'a new object has no members that are not in memory',
    )
  })

  it('leaves the object with exactly the columns as own properties', () => {
    assert.deepEqual(Object.keys(new Tag({ name: 'x' })), ['id', 'name'])
    assert.deepEqual(Object.entries(new Tag({ name: 'x' })), [
      ['id', undefined],
      ['name', 'x'],
    ])
  })
})

describe('class bodies', () => {
  // settled H15
  it('may not have a method, accessor or field that hides a column or relation', () => {
    const map = (Bad: unknown) => () =>
      new Database({ url: 'sqlite::memory:', models: { Bad } as never })
    class Method extends Model({ id: id(), title: text() }) {
      // @ts-expect-error a column is no method
      title(): string {
        return ''
      }
    }
    class Accessor extends Model({ id: id(), title: text() }) {
      // @ts-expect-error a column is no accessor
      get title(): string {
        return ''
      }
    }
    class Field extends Model({ id: id(), title: text() }) {
      override title = 'always'
    }
    for (const Bad of [Method, Accessor, Field]) {
      assert.throws(map(Bad), {
        code: 'MAPPING',
        message: /Cannot map Bad: its class body declares "title".*declare title/,
      })
    }
  })

  // settled H15
  it('may declare a column, to narrow its type', () => {
    class Narrow extends Model({ id: id(), title: text() }) {
      declare title: 'a' | 'b'
    }
    assert.equal(
      new Database({ url: 'sqlite::memory:', models: { Narrow } }).metadata.tables.size,
      1,
    )
    assert.equal(new Narrow({ title: 'a' }).title, 'a')
  })
})

for (const database of databases()) {
  describe(`objects made of rows on ${database.name}`, () => {
    // settled H15
    it('have the fields, private members, getters and statics of their class', async (t) => {
      const { session } = await database.open(t, { Page })
      const s = session()
      s.add(Page.titled('Hello'))
      await s.commit()
      const page = await session().select(Page).one()
      assert.ok(page instanceof Page)
      assert.deepEqual(
        [page.slug, page.see('ada'), page.see('bob'), page.visits],
        ['hello', 1, 2, 2],
      )
    })

    // settled H15
    it('do not write a field of the class, changed or not', async (t) => {
      const { session, sent } = await database.open(t, { Page })
      const s = session()
      const page = s.add(Page.titled('Hello'))
      await s.commit()
      sent.clear()
      page.see('ada')
      await s.commit()
      assert.equal(sent.count(), 0)
    })

    // settled H16
    it('run through the bodies of the models they extend', async (t) => {
      const { session } = await database.open(t, { Entry })
      const s = session()
      s.add(new Entry({ day: '2024-02-29', text: 'leap' }))
      await s.commit()
      const entry = await session().select(Entry).one()
      assert.ok(entry instanceof Dated)
      assert.deepEqual([entry.note('read'), entry.edits], [['made', 'read'], 0])
    })

    // settled H15
    it('do not run a constructor of the class’s own, and lack its fields', async (t) => {
      const { session } = await database.open(t, { Guarded })
      const s = session()
      assert.equal(s.add(new Guarded({ name: ' ada ' })).made, 'by hand')
      await s.commit()
      const guarded = await session().select(Guarded).one()
      assert.deepEqual(
        [guarded instanceof Guarded, guarded.name, guarded.made],
        [true, 'ada', undefined],
      )
    })

    // settled H16
    it('have one shape, new or loaded, key first', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const post = s.add(new Post({ title: 'x', author: new User({ name: 'ada' }) }))
      const keys = Object.keys(post)
      await s.commit()
      const other = session()
      assert.deepEqual(Object.keys(await other.select(Post).one()), keys)
      const { author } = await other.select(Post).one()
      assert.deepEqual(Object.keys(author), ['id'])
      await author.load()
      assert.deepEqual(Object.keys(author), Object.keys(new User({ name: 'x' })))
      assert.equal(keys[0], 'id')
    })

    // settled H17
    it('print their key while nothing else is in memory, and say how to load the rest', async (t) => {
      const { session } = await database.open(t, blog)
      const setup = session()
      setup.add(new Post({ title: 'x', author: new User({ name: 'ada' }) }))
      await setup.commit()
      const { author, authorId } = await session().select(Post).one()
      assert.equal(isLoaded(author), false)
      assert.equal(JSON.stringify(author), JSON.stringify({ id: authorId }))
      await failure(
        'UNLOADED_ATTRIBUTE',
        ['User.name', `User#${authorId}`, 'await object.load()'],
        () => (author as User).name,
      )
      await author.load()
      assert.deepEqual([isLoaded(author), (author as User).shout], [true, 'ADA'])
    })

    // web 58
    it('are shown with state and key, and printing sends nothing', async (t) => {
      const { session, sent } = await database.open(t, { ...blog, Pair })
      const s = session()
      const [tag, second] = [new Tag({ name: 'x' }), new Tag({ name: 'y' })]
      const number = Number(/^<Tag \(transient (\d+)\)>$/.exec(format('%s', tag))?.[1])
      assert.equal(print(second), `<Tag (transient ${number + 1})>`)
      s.add(tag)
      assert.equal(format('%s', tag), `<Tag (pending ${number})>`)
      s.add(new Pair({ left: 1, right: 2 }))
      await s.commit()
      sent.clear()
      const pair = await s.getOne(Pair, { left: 1, right: 2 })
      sent.clear()
      assert.deepEqual(
        [format('%s', tag), print(tag), format('%s', pair)],
        [`<Tag ${tag.id}>`, `<Tag ${tag.id}>`, '<Pair 1, 2>'],
      )
      await s.close()
      assert.deepEqual([format('%s', tag), print(pair)], [`<Tag ${tag.id}>`, '<Pair 1, 2>'])
      assert.equal(sent.count(), 0)
    })

    // settled A10
    it('show nothing of the session to spread, comparison and clone', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'x' }))
      await s.commit()
      const tag = await session().select(Tag).one()
      assert.deepEqual(Object.assign({}, tag), { id: tag.id, name: 'x' })
      assert.deepEqual(structuredClone(tag), { id: tag.id, name: 'x' })
      assert.deepEqual(
        [Object.getOwnPropertySymbols(tag), Reflect.ownKeys(tag)],
        [[], ['id', 'name']],
      )
    })

    it('may refer to their own table and to a row whose key is a foreign key', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const ada = s.add(new User({ name: 'ada', profile: new Profile({ bio: 'first' }) }))
      const post = new Post({ title: 'x', author: ada })
      s.add(new Comment({ body: 'b', post, parent: new Comment({ body: 'a', post }) }))
      await s.commit()
      const other = session()
      assert.equal((await other.getOne(Profile, ada.id)).bio, 'first')
      const [child] = await other
        .select(Comment)
        .where(Comment.c.parent.has({ body: 'a' }))
        .all()
      assert.equal(child?.body, 'b')
    })
  })
}
