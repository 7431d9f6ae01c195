import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, inspect, int, uuid, varchar } from 'athanor'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure, targets } from './support.ts'

class Pair extends Model({
  left: varchar(20).primaryKey(),
  right: varchar(20).primaryKey(),
  note: varchar(20).nullable(),
}) {}
class Thing extends Model({ key: uuid().primaryKey(), size: int().default(0) }) {}
const models = { Pair, Thing, Tag, Post, User, Profile: blog.Profile, Comment: blog.Comment }
const KEY = '0190B5F0-0000-7000-8000-00000000ABCD'

for (const database of databases()) {
  describe(`get on ${database.name}`, () => {
    // session 4.2
    it('sends nothing for an object that is in memory and not stale', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'a' }))
      await s.flush()
      sent.clear()
      assert.equal(await s.get(Tag, tag.id), tag)
      assert.equal(await s.getOne(Tag, tag.id), tag)
      assert.equal(sent.count(), 0)
    })

    // session 4.2
    // settled B6
    it('sends one SELECT by key otherwise, and gives null where there is no row', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      s.add(new Tag({ name: 'a' }))
      await s.commit()
      const other = session()
      sent.clear()
      assert.equal((await other.get(Tag, 1))?.name, 'a')
      assert.equal(await other.get(Tag, 2), null)
      assert.deepEqual(targets(sent), ['select tag', 'select tag'])
    })

    // session 4.3
    it('reads a stale object again, and gives null when its row is gone', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const [tag, gone] = [s.add(new Tag({ name: 'a' })), s.add(new Tag({ name: 'b' }))]
      await s.commit()
      const rival = session()
      await rival.deleteFrom(Tag).where({ id: gone.id })
      ;(await rival.getOne(Tag, tag.id)).name = 'changed'
      await rival.commit()
      sent.clear()
      assert.deepEqual([tag.name, gone.name], ['a', 'b'], 'stale values are readable')
      assert.equal((await s.get(Tag, tag.id))?.name, 'changed')
      assert.equal(await s.get(Tag, gone.id), null)
      assert.deepEqual(targets(sent), ['select tag', 'select tag'])
      assert.deepEqual([inspect(gone).state, gone.name], ['detached', 'b'])
    })

    // session 4.4
    it('finds what only a pending object has, by an autoflush', async (t) => {
      const { session, sent } = await database.open(t, { Thing })
      const s = session()
      const thing = s.add(new Thing({ key: KEY }))
      assert.equal(await s.get(Thing, KEY), thing)
      assert.deepEqual(targets(sent), ['insert thing', 'select thing'])
    })

    // session 4.4
    it('gives null for what only a pending object has while autoflush is off', async (t) => {
      const { session } = await database.open(t, { Thing })
      const s = session()
      s.add(new Thing({ key: KEY }))
      assert.equal(await s.noAutoflush(() => s.get(Thing, KEY)), null)
    })

    // session 4.5
    // settled B22
    it('takes a composite key as an object of its columns', async (t) => {
      const { session, sent } = await database.open(t, models)
      const s = session()
      const pair = s.add(new Pair({ left: 'a', right: 'b' }))
      await s.flush()
      sent.clear()
      assert.equal(await s.get(Pair, { right: 'b', left: 'a' }), pair)
      assert.equal(sent.count(), 0)
      assert.equal(await s.get(Pair, { left: 'b', right: 'a' }), null)
    })

    // session 4.5
    it('names the key’s columns when the key has another form', async (t) => {
      const { session } = await database.open(t, models)
      const s = session()
      const form = ['Cannot get Pair', 'left, right', '{ left: …, right: … }']
      for (const key of [
        'a',
        ['a', 'b'],
        { left: 'a' },
        { left: 'a', right: 'b', other: 1 },
        { left: 'a', write: 'b' },
      ]) {
        await failure('ARGUMENT', form, () => s.get(Pair, key as never))
      }
      await failure('ARGUMENT', ['Cannot get Tag', 'Pass the value itself'], () =>
        s.get(Tag, { left: 1 } as never),
      )
    })

    // session 4.5
    it('gives null without SQL when a part of the key is null', async (t) => {
      const { session, sent } = await database.open(t, models)
      const s = session()
      assert.equal(await s.get(Pair, { left: 'a', right: null as never }), null)
      assert.equal(await s.get(Tag, null as never), null)
      assert.equal(sent.count(), 0)
    })

    // settled H19
    it('refuses undefined as a key or a part of one', async (t) => {
      const { session, sent } = await database.open(t, models)
      const s = session()
      await failure('ARGUMENT', ['Cannot get Tag', 'undefined key'], () =>
        s.get(Tag, undefined as never),
      )
      await failure('ARGUMENT', ['Cannot get Pair', 'undefined'], () =>
        s.get(Pair, { left: 'a', right: undefined as never }),
      )
      assert.equal(sent.count(), 0)
    })

    // settled M9
    it('keeps to the type of the key', async (t) => {
      const { session, sent } = await database.open(t, models)
      const s = session()
      for (const key of ['1', 1.5, Number.NaN, 2 ** 60, true])
        await failure('ARGUMENT', ['Tag.id', 'integer'], () => s.get(Tag, key as never))
      await failure('ARGUMENT', ['Thing.key', 'UUID'], () => s.get(Thing, 'nonsense'))
      assert.equal(sent.count(), 0)
    })

    // session 4.6
    it('takes both spellings of a UUID for one identity', async (t) => {
      const { session } = await database.open(t, models)
      const s = session()
      const thing = s.add(new Thing({ key: KEY }))
      await s.commit()
      assert.equal(await s.get(Thing, KEY.toLowerCase()), thing)
      const other = session()
      const read = await other.getOne(Thing, KEY.toLowerCase())
      assert.equal(await other.get(Thing, KEY), read)
      assert.equal(await other.select(Thing).where({ key: KEY }).one(), read)
    })

    // session 4.6
    it('does not mix up composite keys that look alike when they are joined', async (t) => {
      const { session } = await database.open(t, models)
      const s = session()
      const keys = [
        { left: 'a', right: 'b|c' },
        { left: 'a|b', right: 'c' },
        { left: 'a","b', right: 'c' },
        { left: 'a', right: 'b","c' },
      ]
      const pairs = keys.map((key) => s.add(new Pair(key)))
      await s.flush()
      for (const [i, key] of keys.entries()) assert.equal(await s.get(Pair, key), pairs[i])
    })

    // session 4.7
    // settled B5
    it('says which key has no row, as getOne', async (t) => {
      const { session } = await database.open(t, models)
      const s = session()
      await failure('NO_RESULT_FOUND', ['Cannot get Tag', '"99"'], () => s.getOne(Tag, 99))
      await failure('NO_RESULT_FOUND', ['Cannot get Pair', '{"left":"a","right":"b"}'], () =>
        s.getOne(Pair, { left: 'a', right: 'b' }),
      )
    })

    it('brings relations along', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const setup = session()
      setup.add(
        new Post({ title: 'x', author: new User({ name: 'ada' }), tags: [new Tag({ name: 'a' })] }),
      )
      await setup.commit()
      const s = session()
      sent.clear()
      const post = await s.get(Post, 1, { with: ['author', 'tags'] })
      assert.deepEqual([post?.author.name, post?.tags.map(({ name }) => name)], ['ada', ['a']])
      assert.deepEqual(targets(sent), ['select post', 'select user', 'select tag'])
    })

    it('refuses a model that the Database does not know, and what is no model', async (t) => {
      const { session } = await database.open(t, {
        Tag,
        Post,
        User,
        Profile: blog.Profile,
        Comment: blog.Comment,
      })
      const s = session()
      await failure('ARGUMENT', ['the model Pair', 'models: { …, Pair }'], () =>
        s.get(Pair, { left: 'a', right: 'b' }),
      )
      await failure('MAPPING', ['as a model', 'extends Model('], () =>
        s.get(Date as never, 1 as never),
      )
    })
  })
}
