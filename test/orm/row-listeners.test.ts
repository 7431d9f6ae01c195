import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect as print } from 'node:util'
import {
  Database,
  id,
  inspect,
  int,
  Model,
  now,
  text,
  timestamp,
  varchar,
  type AnyEntity,
  type ClassOf,
  type Session,
} from 'athanor'
import { blog, Comment, Post, Profile, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure, members } from './support.ts'

/** Writes down what rows are told, as `beforeInsert <Tag 1>`. */
function heardBy(session: Session): string[] {
  const heard: string[] = []
  for (const event of EVENTS)
    for (const model of MODELS)
      session.on(event, model, (entity) => heard.push(`${event} ${print(entity)}`))
  return heard
}

const MODELS: readonly ClassOf<AnyEntity>[] = [User, Post, Comment, Tag]
const EVENTS = [
  'beforeInsert',
  'beforeUpdate',
  'beforeDelete',
  'afterInsert',
  'afterUpdate',
  'afterDelete',
] as const

for (const database of databases()) {
  describe(`listeners to rows on ${database.name}`, () => {
    it('hear of each object once, before the first statement and behind the last', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const heard = heardBy(s)
      const counts: number[] = []
      s.on('beforeInsert', Post, () => counts.push(sent.events.length))
      s.on('afterInsert', User, () => counts.push(sent.events.length))
      const ada = new User({ name: 'ada' })
      s.add(new Post({ title: 'first', author: ada }))
      await s.flush()
      assert.deepEqual(
        heard.splice(0).map((each) => each.replace(/transient|pending|\d+/g, '…')),
        [
          'beforeInsert <Post (… …)>',
          'beforeInsert <User (… …)>',
          'afterInsert <User …>',
          'afterInsert <Post …>',
        ],
      )
      assert.deepEqual(counts, [0, sent.events.length])
      ada.email = 'ada@example.org'
      const post = await s.getOne(Post, 1)
      post.title = 'changed'
      s.delete(post)
      await s.commit()
      assert.deepEqual(heard, [
        'beforeUpdate <User 1>',
        'beforeDelete <Post 1>',
        'afterUpdate <User 1>',
        'afterDelete <Post 1>',
      ])
    })

    it('set columns that are written with the others', async (t) => {
      class Page extends Model({
        id: id(),
        title: varchar(40),
        slug: varchar(40).default(''),
        editedAt: timestamp().default(now),
        edits: int().default(0),
      }) {}
      const { session, sent } = await database.open(t, { Page })
      const s = session()
      const heard: string[][] = []
      s.on('beforeInsert', Page, (page) => {
        page.slug = page.title.toLowerCase().replaceAll(' ', '-')
      })
      s.on('beforeUpdate', Page, (page) => {
        heard.push([...inspect(page).modified])
        page.edits += 1
      })
      const page = s.add(new Page({ title: 'Hello World' }))
      await s.commit()
      assert.equal(page.slug, 'hello-world')
      page.title = 'Hello'
      await s.commit()
      assert.deepEqual(heard, [['title']])
      const rows = session().select({ slug: Page.c.slug, title: Page.c.title, edits: Page.c.edits })
      assert.deepEqual(await rows.all(), [{ slug: 'hello-world', title: 'Hello', edits: 1 }])
      assert.equal(sent.kinds().filter((kind) => kind === 'update').length, 1)
    })

    it('are not told of an object whose columns stay, nor of bulk statements', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const post = s.add(new Post({ title: 'a', author: new User({ name: 'ada' }) }))
      await s.commit()
      const heard = heardBy(s)
      post.title = 'b'
      post.title = 'a'
      ;(await post.tags.load()).add(await s.insertOrGet(Tag, [{ name: 't' }], ['name']).then(first))
      await s.commit()
      await s.update(Post).where({ id: post.id }).set({ title: 'c' })
      await s.deleteFrom(Tag).everyRow()
      await s.commit()
      assert.deepEqual(heard, [])
    })

    it('hear of what cascades, and of rows that lose their parent', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const post = s.add(new Post({ title: 'a', author: new User({ name: 'ada' }) }))
      const comment = s.add(new Comment({ body: 'first', post }))
      s.add(
        new Comment({
          body: 'answer',
          post: new Post({ title: 'b', author: post.author }),
          parent: comment,
        }),
      )
      await s.commit()
      const heard = heardBy(s)
      s.delete(post)
      await s.commit()
      assert.deepEqual(heard, [
        'beforeUpdate <Comment 2>',
        'beforeDelete <Post 1>',
        'beforeDelete <Comment 1>',
        'afterUpdate <Comment 2>',
        'afterDelete <Post 1>',
        'afterDelete <Comment 1>',
      ])
    })

    // session 5.1
    it('may change columns of their own object, and nothing of another', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const setUp = session()
      setUp.addAll(['a', 'b', 'c'].map((name) => new Tag({ name })))
      setUp.add(
        new Post({
          title: 'p',
          author: new User({ name: 'ada' }),
          tags: await setUp.select(Tag).where({ name: 'c' }).all(),
        }),
      )
      await setUp.commit()
      const wrongs: ((s: Session, tags: Record<'a' | 'c' | 'added', Tag>) => void)[] = [
        (s, { c }) => s.on('beforeUpdate', Tag, () => (c.name = 'one that is not written')),
        (s, { a, c }) => s.on('beforeUpdate', Tag, (tag) => ((tag === a ? c : a).name += '!')),
        (s, { added }) => s.on('beforeUpdate', Tag, () => (added.name = 'had its turn')),
        (s, { a }) => s.on('beforeInsert', Tag, () => (a.name = 'has its turn later')),
        (s, { a }) => s.on('beforeDelete', Tag, () => (a.name = 'had its turn')),
        (s, { c }) => s.on('beforeUpdate', Tag, () => c.posts.remove(...members(c.posts))),
        (s, { c }) => s.on('afterInsert', Tag, () => (c.name += '!')),
      ]
      for (const listen of wrongs) {
        const s = session()
        const [a, b, c] = await s.select(Tag).with('posts').orderBy(Tag.c.id).all()
        assert.ok(a && b && c)
        const added = s.add(new Tag({ name: 'new' }))
        a.name = 'a changed'
        s.delete(b)
        listen(s, { a, c, added })
        await failure('ILLEGAL_STATE', ['beforeFlush', 'Tag'], () => s.flush())
        await s.close()
      }
      sent.clear()
      assert.equal(
        await session()
          .select(Tag)
          .where({ name: ['a', 'b', 'c'] })
          .count(),
        3,
      )
    })

    it('may not use the session, whose commit they can wait for', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const known = s.add(new Tag({ name: 'known' }))
      await s.commit()
      const uses: ((tag: Tag) => unknown)[] = [
        () => s.add(new Tag({ name: 'another' })),
        () => s.delete(known),
        () => s.expunge(known),
        () => s.expungeAll(),
        () => s.expire(known),
        () => s.flush(),
        () => s.rollback(),
        () => s.get(Tag, 99),
        (tag) => tag.posts.add(new Post({ title: 'new', author: new User({ name: 'ada' }) })),
      ]
      const refused: Promise<unknown>[] = []
      const after: string[] = []
      s.on('beforeInsert', Tag, (tag) => {
        // some throw at once, some by their promise
        for (const use of uses) refused.push(codeOf(() => use(tag)))
      })
      s.on('afterInsert', Tag, (tag) => s.afterCommit(() => after.push(tag.name)))
      s.add(new Tag({ name: 'new' }))
      sent.clear()
      await failure('ILLEGAL_STATE', ['a relation of', 'Tag'], () => s.commit())
      assert.deepEqual(
        await Promise.all(refused),
        uses.map(() => 'ILLEGAL_STATE'),
      )
      assert.equal(sent.count(), 0)
      uses.pop()
      await s.rollback()
      s.add(new Tag({ name: 'new' }))
      await s.commit()
      assert.deepEqual(after, ['new'])
      assert.equal(await session().select(Tag).count(), 2)
    })

    it('that throw before the statements leave everything pending', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const listener = s.on('beforeInsert', Tag, ({ name }) => {
        if (name === '') throw new RangeError('a tag needs a name')
      })
      const tag = s.add(new Tag({ name: '' }))
      await assert.rejects(s.commit(), RangeError)
      assert.deepEqual([s.has(tag), sent.count()], [true, 0])
      tag.name = 'a'
      await s.commit()
      listener[Symbol.dispose]()
      s.add(new Tag({ name: '' }))
      await s.commit()
      assert.deepEqual(await session().select(Tag.c.name).orderBy(Tag.c.id).all(), ['a', ''])
    })

    // session 3.8
    it('that throw behind the statements take them back', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const kept = s.add(new Tag({ name: 'kept' }))
      await s.commit()
      s.on('afterUpdate', Tag, () => {
        throw new RangeError('no')
      })
      const added = s.add(new Tag({ name: 'new' }))
      kept.name = 'changed'
      await assert.rejects(s.commit(), RangeError)
      await s.rollback()
      assert.deepEqual([kept.name, s.has(kept), s.has(added)], ['kept', true, false])
      assert.deepEqual(await session().select(Tag.c.name).all(), ['kept'])
    })

    it('see what the database made, and what they change then waits for the next flush', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.on('afterInsert', Tag, (tag) => {
        tag.name += ` ${tag.id}`
      })
      const tag = s.add(new Tag({ name: 'tag' }))
      await s.flush()
      assert.deepEqual([tag.name, inspect(tag).modified], ['tag 1', ['name']])
      assert.deepEqual(sent.kinds(), ['begin', 'insert'])
      await s.commit()
      assert.deepEqual(sent.kinds(), ['update', 'commit'])
    })

    it('of the Database hear of every session, by class and by what extends it', async (t) => {
      abstract class Named extends Model({ name: varchar(40) }) {}
      class City extends Named.extend({ id: id() }) {}
      class River extends Named.extend({ id: id(), note: text().default('') }) {}
      const { url, release } = await database.lend()
      const db = new Database({ url, models: { City, River } })
      t.after(async () => {
        await db.dispose()
        await release()
      })
      await db.createAll()
      const heard: string[] = []
      const ofAll = db.on('beforeInsert', Named, (place) => {
        place.name = place.name.trim()
        heard.push(`all: ${place.name}`)
      })
      db.on('beforeInsert', City, ({ name }) => heard.push(`city: ${name}`))
      await db.run(
        ({ session }) => {
          session.on('beforeInsert', River, (river) => heard.push(`session: ${river.name}`))
          session.addAll([new City({ name: ' Basel ' }), new River({ name: ' Rhine' })])
        },
        { commit: 'onSuccess' },
      )
      ofAll[Symbol.dispose]()
      await using s = db.createSession()
      s.add(new City({ name: 'Bern' }))
      await s.commit()
      assert.deepEqual(heard, [
        'all: Basel',
        'city: Basel',
        'all: Rhine',
        'session: Rhine',
        'city: Bern',
      ])
      assert.throws(() => db.on('beforeInsert', Object as never, () => {}), { code: 'MAPPING' })
      assert.throws(() => db.on('afterDelete', City, undefined as never), { code: 'ARGUMENT' })
    })

    it('are told of an object that takes over a deleted row as the program sees it', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      s.add(new Profile({ bio: 'old', user: new User({ name: 'ada' }) }))
      await s.commit()
      const heard: string[] = []
      for (const event of EVENTS) s.on(event, Profile, ({ bio }) => heard.push(`${event} ${bio}`))
      s.delete(await s.getOne(Profile, 1))
      s.add(new Profile({ userId: 1, bio: 'new' }))
      await s.commit()
      assert.deepEqual(heard, [
        'beforeInsert new',
        'beforeDelete old',
        'afterInsert new',
        'afterDelete old',
      ])
    })

    // session 8.21
    it('are not awaited: a promise is refused', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const late: unknown = async () => Promise.reject(new Error('nobody hears this'))
      s.on('beforeInsert', Tag, late as () => void)
      const tag = s.add(new Tag({ name: 'a' }))
      await failure('ARGUMENT', ['beforeInsert', 'promise', 'beforeFlush'], () => s.flush())
      assert.deepEqual([s.has(tag), sent.count()], [true, 0])
    })
  })
}

async function codeOf(work: () => unknown): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

function first<T>([item]: readonly T[]): T {
  assert.ok(item !== undefined)
  return item
}
