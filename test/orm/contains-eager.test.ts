import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { alias } from 'athanor'
import { blog, Comment, Post, Profile, Tag, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

/** A session that knows nothing yet, beside ada with three posts, two of them published, and grace with one. */
async function written({ session, sent }: TestDatabase) {
  const s = session()
  const [ada, grace] = ['ada', 'grace'].map(
    (name) => new User({ name, profile: new Profile({ bio: name }) }),
  )
  assert.ok(ada && grace)
  const tags = ['x', 'y'].map((name) => new Tag({ name }))
  const post = (title: string, author: User, published: boolean): Post =>
    s.add(new Post({ title, author, published, tags }))
  const first = post('a1', ada, true)
  post('a2', ada, false)
  post('a3', ada, true)
  post('g1', grace, true)
  first.comments.add(new Comment({ body: 'c1' }), new Comment({ body: 'c2' }))
  await s.commit()
  const reader = session()
  sent.clear()
  return reader
}

const titles = (posts: readonly Post[]): string[] => posts.map(({ title }) => title)

for (const database of databases()) {
  describe(`containsEager() on ${database.name}`, () => {
    const published = (s: ReturnType<TestDatabase['session']>) =>
      s
        .select(User)
        .join(User.c.posts)
        .where(Post.c.published.eq(true))
        .orderBy(User.c.id, Post.c.id)
        .containsEager('posts')

    // session 4.24
    // session 4.14
    it('makes the rows of the query its members, and each owner one object', async (t) => {
      const opened = await database.open(t, blog)
      const { sent } = opened
      const s = await written(opened)
      const users = await published(s).all()
      assert.deepEqual(
        users.map(({ name, posts }) => [name, titles(posts)]),
        [
          ['ada', ['a1', 'a3']],
          ['grace', ['g1']],
        ],
      )
      assert.equal(sent.count(), 1)
      const one = await published(s).where({ name: 'ada' }).one()
      assert.equal(one, users[0])
      assert.equal(await published(s).first(), users[0])
      assert.equal(await published(s).where({ name: 'nobody' }).oneOrNull(), null)
      await failure('MULTIPLE_RESULTS_FOUND', ['User'], () => published(s).one())
    })

    // session 4.24
    it('knows that there may be other members: replacing is refused, the rest is written', async (t) => {
      const opened = await database.open(t, blog)
      const { session } = opened
      const s = await written(opened)
      const [ada] = await published(s).all()
      assert.ok(ada)
      const [a1] = ada.posts
      assert.ok(a1)
      await failure('INVALID_REQUEST', ['User.posts', "load('posts')", 'add()'], () =>
        ada.posts.set([a1]),
      )
      ada.posts.add(new Post({ title: 'a4', authorId: ada.id }))
      await s.flush()
      assert.deepEqual(titles(ada.posts), ['a1', 'a3', 'a4'])
      assert.deepEqual(titles(await ada.posts.load()), ['a1', 'a2', 'a3', 'a4'])
      ada.posts.set([...ada.posts])
      await s.commit()
      assert.equal(await session().select(Post).where({ authorId: ada.id }).count(), 4)
    })

    it('does not untie what it has left out', async (t) => {
      const opened = await database.open(t, blog)
      const { session } = opened
      const s = await written(opened)
      const query = s
        .select(Post)
        .join(Post.c.tags)
        .where(Tag.c.name.eq('x'))
        .orderBy(Post.c.id)
        .containsEager('tags')
      const [post] = await query.all()
      assert.ok(post)
      const [x] = post.tags
      const y = await s.select(Tag).where({ name: 'y' }).one()
      assert.ok(x)
      post.tags.remove(y)
      post.tags.add(new Tag({ name: 'z' }))
      await s.commit()
      const names = session().select(Tag.c.name).join(Tag.c.posts).where(Post.c.id.eq(post.id))
      assert.deepEqual(await names.orderBy(Tag.c.name).all(), ['x', 'z'])
      s.delete(post)
      await s.commit()
      assert.equal(await session().select(Comment).count(), 0, 'all members went with it')
    })

    it('goes along paths and aliases, beside with() and only()', async (t) => {
      const opened = await database.open(t, blog)
      const { sent } = opened
      const s = await written(opened)
      const written2 = alias(Post)
      const users = await s
        .select(User)
        .only('name')
        .join(User.c.posts, written2)
        .join(written2.c.comments)
        .where(Comment.c.body.eq('c2'))
        .with('profile')
        .containsEager('posts.comments')
        .all()
      assert.equal(sent.count(), 1)
      assert.deepEqual(
        users.map(({ name, profile, posts }) => [
          name,
          profile?.bio,
          posts.map(({ title, comments }) => [title, comments.map(({ body }) => body)]),
        ]),
        [['ada', 'ada', [['a1', ['c2']]]]],
      )
      const posts = await s
        .select(Post)
        .join(Post.c.author)
        .containsEager('author')
        .orderBy(Post.c.id)
        .limit(2)
        .all()
      assert.deepEqual(
        posts.map(({ author }) => author.name),
        ['ada', 'ada'],
      )
    })

    // session 4.25
    it('leaves a collection that is in memory as it is, unless it overwrites', async (t) => {
      const opened = await database.open(t, blog)
      const s = await written(opened)
      const ada = await s.getOne(User, 1)
      const posts = await ada.posts.load()
      assert.equal(posts.length, 3)
      await published(s).all()
      assert.deepEqual(titles(posts), ['a1', 'a2', 'a3'])
      await published(s).populateExisting().all()
      assert.deepEqual(titles(posts), ['a1', 'a3'])
      await s.commit()
      await published(s).where(Post.c.title.eq('a3')).all()
      assert.deepEqual(titles(posts), ['a3'])
    })

    it('refuses what would cut an object apart, and joins that are not there', async (t) => {
      const opened = await database.open(t, blog)
      const s = await written(opened)
      const cut = {
        limit: () => published(s).limit(1).all(),
        page: () => published(s).paginate(),
        key: () => published(s).paginateKeyset({ size: 1 }),
      }
      for (const work of Object.values(cut))
        await failure('ARGUMENT', ['containsEager()', 'with()'], work)
      await failure('ARGUMENT', ['streamed'], async () => {
        for await (const _ of published(s).stream());
      })
      await failure('ARGUMENT', ['User.posts', '.join(User.c.posts)'], () =>
        s.select(User).containsEager('posts').all(),
      )
      await failure('ARGUMENT', ['User.name', 'no relation'], () =>
        s
          .select(User)
          .containsEager('name' as never)
          .all(),
      )
    })
  })
}
