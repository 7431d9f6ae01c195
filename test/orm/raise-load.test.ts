import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { belongsTo, hasMany, id, int, manyToMany, Model, varchar } from 'athanor'
import { blog, Comment, Post, Profile, Tag, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

class Maker extends Model({
  id: id(),
  name: varchar(40),
  parts: () => hasMany(Part, 'maker', { lazy: 'raise' }),
}) {}
class Part extends Model({
  id: id(),
  name: varchar(40),
  makerId: int().nullable(),
  maker: () => belongsTo(Maker, { lazy: 'raise' }),
  labels: () => manyToMany(Label, { through: 'part_labels', lazy: 'raise' }),
}) {}
class Label extends Model({ id: id(), name: varchar(40) }) {}

/** A session that knows nothing yet, beside two posts of two users. */
async function written({ session, sent }: TestDatabase) {
  const s = session()
  for (const name of ['ada', 'grace']) {
    const author = new User({ name, profile: new Profile({ bio: name }) })
    s.add(new Post({ title: `by ${name}`, author, tags: [new Tag({ name: `of ${name}` })] }))
  }
  await s.commit()
  const reader = session()
  sent.clear()
  return reader
}

for (const database of databases()) {
  describe(`raiseLoad() on ${database.name}`, () => {
    // session 4.23
    it('refuses to load the relations of the objects later, however that is said', async (t) => {
      const opened = await database.open(t, blog)
      const { sent } = opened
      const s = await written(opened)
      const [post] = await s.select(Post).raiseLoad('tags', 'author').orderBy(Post.c.id).all()
      assert.ok(post)
      sent.clear()
      const ways = [
        () => post.tags.load(),
        () => post.load('tags'),
        () => s.load(post, 'comments', 'tags'),
        () => post.author.load(),
        () => s.load(post, 'author.profile'),
      ]
      for (const way of ways)
        await failure('LOAD_REFUSED', ['Post#1', 'raiseLoad()', '.with('], way)
      assert.deepEqual(
        sent.texts().filter((text) => !text.includes('"comment"')),
        [],
      )
      assert.equal(post.author.id, 1, 'the key is known all the same')
      assert.equal((await post.tags.select().all()).length, 1, 'a query is no load')
      await post.comments.load()
    })

    it('allows what is in memory, and what a query brings along', async (t) => {
      const opened = await database.open(t, blog)
      const { sent } = opened
      const s = await written(opened)
      const [first, second] = await s
        .select(Post)
        .with('tags')
        .raiseLoad('*')
        .orderBy(Post.c.id)
        .all()
      assert.ok(first && second)
      sent.clear()
      assert.equal((await first.tags.load()).length, 1)
      assert.equal(sent.count(), 0)
      await failure('LOAD_REFUSED', ['Post.comments'], () => second.comments.load())
      await s.get(User, 2)
      assert.equal((await second.author.load()).name, 'grace')
      const again = await s.get(Post, 1, { with: ['comments', 'author.profile'] })
      assert.equal(again?.author.profile?.bio, 'ada')
      await s.commit()
      await failure('LOAD_REFUSED', ['Post.comments'], () => first.comments.load())
      await failure('ARGUMENT', ['tagz', '"tags"'], () => s.select(Post).raiseLoad('tagz' as never))
    })

    // session 4.23
    it('keeps siblings apart: those that allow it are loaded, the others are left', async (t) => {
      const opened = await database.open(t, blog)
      const { sent } = opened
      const s = await written(opened)
      await s.select(Post).where({ id: 1 }).raiseLoad('tags').all()
      const [refusing, allowing] = await s.select(Post).orderBy(Post.c.id).all()
      assert.ok(refusing && allowing)
      sent.clear()
      assert.equal((await allowing.tags.load()).length, 1)
      assert.equal(sent.count(), 1)
      assert.ok(!Array.isArray(refusing.tags))
      await failure('LOAD_REFUSED', ['Post#1'], () => s.load([allowing, refusing], 'tags'))
    })

    // session 4.23
    it('holds for a relation that is declared so, and not for what a flush needs', async (t) => {
      const { session, sent } = await database.open(t, { Maker, Part, Label })
      const s = session()
      const parts = ['a', 'b'].map((name) => new Part({ name, labels: [new Label({ name })] }))
      s.add(new Maker({ name: 'm', parts }))
      await s.commit()
      const reader = session()
      const maker = await reader.getOne(Maker, 1)
      const part = await reader.getOne(Part, 1)
      await failure('LOAD_REFUSED', ['Maker.parts', "lazy: 'raise'"], () => maker.parts.load())
      await failure('LOAD_REFUSED', ['Part.labels'], () => part.labels.load())
      assert.equal((await part.maker?.load())?.name, 'm', 'is in memory')
      const other = session()
      const lonely = await other.getOne(Part, 1)
      await failure('LOAD_REFUSED', ['Part.maker'], () => lonely.maker?.load())
      const [brought] = await other.select(Part).with('maker.parts').orderBy(Part.c.id).all()
      assert.equal(brought?.maker?.parts.length, 2)
      reader.delete(maker)
      sent.clear()
      await reader.commit()
      assert.deepEqual(await session().select(Part.c.makerId).all(), [null, null])
    })

    it('does not reach beyond its objects', async (t) => {
      const opened = await database.open(t, { ...blog })
      const s = await written(opened)
      await s.select(Post).raiseLoad('*').where({ id: 1 }).all()
      const author = await s.getOne(User, 1)
      assert.equal((await author.posts.load())[0]?.title, 'by ada')
      const post = await s.getOne(Post, 2)
      assert.deepEqual([...(await post.comments.load())], [])
      post.comments.add(new Comment({ body: 'first' }))
      await s.commit()
      assert.equal(await s.select(Comment).count(), 1)
    })
  })
}
