import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, belongsTo, hasOne, id, inspect, int, varchar } from 'athanor'
import { blog, Comment, Post, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure, targets } from './support.ts'

/** A one-to-one whose row goes when it is taken out. */
class Car extends Model({
  id: id(),
  engine: () => hasOne(Engine, 'car', { cascade: 'all, delete-orphan' }),
}) {}
class Engine extends Model({
  id: id(),
  name: varchar(20),
  carId: int().nullable(),
  car: () => belongsTo(Car),
}) {}

for (const database of databases()) {
  describe(`orphans on ${database.name}`, () => {
    // session 3.39
    it('are deleted when they are taken out of the collection', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const comments = ['a', 'b', 'c'].map((body) => new Comment({ body }))
      const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }), comments }))
      await s.commit()
      const [first, second, third] = comments
      assert.ok(first && second && third)
      await s.load(post, 'comments')
      sent.clear()
      post.comments.remove(first)
      post.comments.set([third])
      await s.commit()
      assert.deepEqual(
        targets(sent).filter((target) => !target.startsWith('select')),
        ['delete comment'],
      )
      assert.deepEqual(await session().select(Comment.c.body).all(), ['c'])
    })

    // session 3.39
    it('are deleted when a one-to-one is set to null, loaded or not', async (t) => {
      const { session, sent } = await database.open(t, { Car, Engine })
      const s = session()
      const car = s.add(new Car({ engine: new Engine({ name: 'v8' }) }))
      await s.commit()
      const other = session()
      const unread = await other.getOne(Car, car.id)
      sent.clear()
      unread.engine = null
      await other.commit()
      assert.deepEqual(targets(sent), ['select engine', 'delete engine'])
      assert.equal(await session().select(Engine).count(), 0)
    })

    // session 3.39
    it('are deleted when a one-to-one is replaced', async (t) => {
      const { session, sent } = await database.open(t, { Car, Engine })
      const s = session()
      const car = s.add(new Car({ engine: new Engine({ name: 'v8' }) }))
      await s.commit()
      const other = session()
      const unread = await other.getOne(Car, car.id)
      unread.engine = new Engine({ name: 'v6' })
      sent.clear()
      await other.commit()
      assert.deepEqual(targets(sent), ['select engine', 'insert engine', 'delete engine'])
      const left = await session().select({ name: Engine.c.name, car: Engine.c.carId }).all()
      assert.deepEqual(left, [{ name: 'v6', car: car.id }])
    })

    // session 3.39
    it('are found in the database when what memory knows of them is stale', async (t) => {
      const { session } = await database.open(t, { Car, Engine })
      const s = session()
      const car = s.add(new Car({ engine: new Engine({ name: 'v8' }) }))
      await s.commit()
      const rival = session()
      ;(await rival.getOne(Car, car.id)).engine = new Engine({ name: 'v12' })
      await rival.commit()
      car.engine = new Engine({ name: 'v6' })
      await s.commit()
      assert.deepEqual(await session().select(Engine.c.name).all(), ['v6'])
    })

    // session 3.40
    it('are not inserted when another set() on an unloaded collection leaves them out', async (t) => {
      const { session } = await database.open(t, blog)
      const setup = session()
      setup.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
      await setup.commit()
      const s = session()
      const post = await s.select(Post).one()
      post.comments.set([new Comment({ body: 'first' })])
      post.comments.set([new Comment({ body: 'second' })])
      await s.commit()
      assert.deepEqual(await session().select(Comment.c.body).all(), ['second'])
    })

    // session 3.40
    it('are forgotten when they were never flushed', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const post = s.add(new Post({ title: 'one', author: new User({ name: 'ada' }) }))
      await s.commit()
      const comments = await post.comments.load()
      const comment = new Comment({ body: 'never' })
      comments.add(comment)
      assert.equal(inspect(comment).state, 'pending')
      comments.remove(comment)
      sent.clear()
      await s.commit()
      assert.equal(sent.count(), 0)
      assert.equal(inspect(comment).state, 'transient')
    })

    for (const order of ['remove first', 'add first'] as const) {
      for (const loaded of ['both', 'the old one', 'the new one', 'neither'] as const) {
        // session 3.41
        it(`live on when they move to another owner: ${order}, ${loaded} loaded`, async (t) => {
          const { session } = await database.open(t, blog)
          const setup = session()
          const author = new User({ name: 'ada' })
          setup.addAll([
            new Post({ title: 'old', author, comments: [new Comment({ body: 'moved' })] }),
            new Post({ title: 'new', author }),
          ])
          await setup.commit()
          const s = session()
          const [from, to] = await s.select(Post).orderBy(Post.c.id).all()
          const comment = await s.select(Comment).one()
          assert.ok(from && to)
          if (loaded === 'both' || loaded === 'the old one') await s.load(from, 'comments')
          if (order === 'remove first') from.comments.remove(comment)
          if (loaded === 'both' || loaded === 'the new one')
            await s.noAutoflush(() => s.load(to, 'comments'))
          to.comments.add(comment)
          if (order === 'add first') from.comments.remove(comment)
          await s.commit()
          assert.equal(await session().select(Comment.c.post.c.title).one(), 'new')
        })
      }
    }

    it('are not deleted by a flush that failed before it sent anything', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const comment = new Comment({ body: 'kept' })
      const author = new User({ name: 'ada' })
      const post = s.add(new Post({ title: 'old', author, comments: [comment] }))
      const other = s.add(new Post({ title: 'new', author }))
      await s.commit()
      await s.load(post, 'comments')
      post.comments.remove(comment)
      Object.assign(post, { title: 7 })
      await failure('ARGUMENT', ['Post.title'], () => s.commit())
      post.title = 'older'
      other.comments.add(comment)
      await s.commit()
      assert.equal(await session().select(Comment.c.post.c.title).one(), 'new')
    })
  })
}
