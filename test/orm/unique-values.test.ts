import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, belongsTo, hasMany, hasOne, id, index, inspect, int, varchar } from 'athanor'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure, targets } from './support.ts'

class Shop extends Model({
  id: id(),
  code: varchar(20).unique(),
  ownerId: int().nullable(),
  owner: () => belongsTo(Shop),
  clerks: () => hasMany(Clerk, 'shop'),
  shelves: () => hasMany(Shelf, 'shop', { cascade: 'all, delete-orphan' }),
  sign: () => hasOne(Sign, 'shop', { cascade: 'all, delete-orphan' }),
}) {}
class Clerk extends Model({
  id: id(),
  name: varchar(20),
  shopId: int().nullable(),
  shop: () => belongsTo(Shop),
}) {}
class Shelf extends Model(
  { id: id(), shopId: int(), place: int(), width: int().default(1), shop: () => belongsTo(Shop) },
  { indexes: (c) => [index(c.shopId, c.place).unique()] },
) {}
/** A shop has one. */
class Sign extends Model({
  id: id(),
  text: varchar(20),
  shopId: int().unique(),
  shop: () => belongsTo(Shop),
}) {}
const street = { Shop, Clerk, Shelf, Sign }

for (const database of databases()) {
  describe(`a unique value that a deleted row leaves on ${database.name}`, () => {
    // session 3.6
    // session 8.13
    it('is taken over by a new row of the same flush', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const author = new User({ name: 'ada' })
      const old = new Tag({ name: 'x' })
      const post = s.add(new Post({ title: 'one', author, tags: [old] }))
      await s.commit()
      await s.load(post, 'tags')
      targets(sent)
      s.delete(old)
      post.tags.remove(old)
      const fresh = s.add(new Tag({ name: 'x' }))
      post.tags.add(fresh)
      await s.commit()
      assert.deepEqual(targets(sent), [
        'delete post_tags',
        'delete post_tags',
        'delete tag',
        'insert tag',
        'insert post_tags',
      ])
      const stored = await session().select(Post).with('tags').one()
      assert.deepEqual(
        stored.tags.map((tag) => [tag.id, tag.name]),
        [[fresh.id, 'x']],
      )
      // SQLite gives the new row the key of the old one
      assert.deepEqual([inspect(old).state, inspect(fresh).state], ['detached', 'persistent'])
      assert.equal(await s.get(Tag, fresh.id), fresh)
    })

    // session 3.6
    // session 8.13
    it('is taken over by a row that is updated, and goes back to it with a rollback', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const [first, second] = [s.add(new Tag({ name: 'x' })), s.add(new Tag({ name: 'y' }))]
      await s.commit()
      targets(sent)
      s.delete(first)
      second.name = 'x'
      await s.flush()
      assert.deepEqual(targets(sent), ['delete post_tags', 'delete tag', 'update tag'])
      assert.equal(await s.select(Tag).where({ name: 'x' }).one(), second)
      await s.rollback()
      assert.deepEqual([first.name, second.name, s.has(first)], ['x', 'y', true])
    })

    // session 3.6
    it('is taken over where it is of several columns, or a reference that its owner replaces', async (t) => {
      const { session, sent } = await database.open(t, street)
      const s = session()
      const shop = s.add(new Shop({ code: 'a', sign: new Sign({ text: 'old' }) }))
      const shelves = [1, 2].map((place) => new Shelf({ shop, place }))
      s.addAll(shelves)
      await s.commit()
      await s.load(shop, 'sign', 'shelves')
      targets(sent)
      Object.assign(shop, { sign: new Sign({ text: 'new' }) })
      shop.shelves.set([new Shelf({ place: 2, width: 7 })])
      await s.commit()
      const order = targets(sent)
      assert.deepEqual(order.slice(0, 2).toSorted(), ['delete shelf', 'delete sign'])
      assert.deepEqual(order.slice(2, 4).toSorted(), ['insert shelf', 'insert sign'])
      assert.deepEqual(order.slice(4), ['delete shelf'])
      const stored = await session().select(Shop).with('sign', 'shelves').one()
      assert.deepEqual(
        [stored.sign?.text, stored.shelves.map(({ place, width }) => [place, width])],
        ['new', [[2, 7]]],
      )
    })

    // session 3.6
    it('is free only when nothing refers to its row: those that go with it or let go of it come first', async (t) => {
      const { session, sent } = await database.open(t, street)
      const s = session()
      const old = s.add(new Shop({ code: 'a' }))
      const branch = s.add(new Shop({ code: 'b', owner: old }))
      s.addAll([new Shelf({ shop: old, place: 1 }), new Clerk({ name: 'ada', shop: old })])
      await s.commit()
      const clerk = await s.select(Clerk).one()
      await s.refresh(old)
      targets(sent)
      s.delete(branch)
      s.delete(old)
      s.add(new Shop({ code: 'a' }))
      await s.commit()
      assert.deepEqual(
        targets(sent).filter((target) => !target.startsWith('select')),
        ['update clerk', 'delete shelf', 'delete shop', 'delete shop', 'insert shop'],
      )
      assert.equal(clerk.shopId, null)
      assert.deepEqual(await session().select(Shop.c.code).all(), ['a'])
    })

    it('is not free while a row waits for the new one: the database refuses it, and nothing is lost', async (t) => {
      const { session } = await database.open(t, street)
      const s = session()
      const old = s.add(new Shop({ code: 'a' }))
      const clerk = s.add(new Clerk({ name: 'ada', shop: old }))
      await s.commit()
      s.delete(old)
      clerk.shop = s.add(new Shop({ code: 'a' }))
      await failure('UNIQUE_VIOLATION', [], () => s.commit())
      await s.rollback()
      assert.deepEqual(await session().select(Clerk.c.shopId).all(), [old.id])
    })

    it('leaves the order as it is where nobody takes it over', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'x' }))
      await s.commit()
      targets(sent)
      s.delete(tag)
      s.add(new Tag({ name: 'y' }))
      await s.commit()
      assert.deepEqual(targets(sent), ['insert tag', 'delete post_tags', 'delete tag'])
    })
  })
}
