import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blog, Comment, Post, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { threePosts } from './fixtures.ts'
import { failure, targets } from './support.ts'

for (const database of databases()) {
  describe(`with() on ${database.name}`, () => {
    // session 4.18
    it('loads to-many relations by one statement a relation and level, through the foreign key alone', async (t) => {
      const opened = await database.open(t, blog)
      await threePosts(opened)
      const { sent } = opened
      const s = opened.session()
      sent.clear()
      const users = await s
        .select(User)
        .with('posts.comments', 'posts.tags')
        .orderBy(User.c.name)
        .all()
      const texts = sent.texts()
      assert.deepEqual(
        texts.map((text) => / from "(\w+)"/.exec(text)?.[1]),
        ['user', 'post', 'comment', 'tag'],
      )
      assert.doesNotMatch(texts[1] ?? '', /join/)
      assert.deepEqual(
        users.map(({ posts }) =>
          posts.map(({ title, comments, tags }) => [title, comments.length, tags.length]),
        ),
        [
          [
            ['a', 0, 0],
            ['c', 2, 2],
          ],
          [['b', 0, 1]],
        ],
      )
    })

    // session 4.18
    it('asks for 500 keys at a time', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const setup = session()
      const author = new User({ name: 'ada' })
      setup.addAll(
        Array.from(
          { length: 1001 },
          (_, i) =>
            new Post({
              title: `post ${i}`,
              author,
              comments: [new Comment({ body: `comment ${i}` })],
            }),
        ),
      )
      await setup.commit()
      const s = session()
      sent.clear()
      const posts = await s.select(Post).with('comments').all()
      assert.deepEqual(targets(sent), [
        'select post',
        'select comment',
        'select comment',
        'select comment',
      ])
      assert.ok(
        posts.every(
          ({ title, comments }) =>
            comments.length === 1 && comments[0]?.body === title.replace('post', 'comment'),
        ),
      )
    })

    // session 4.19
    it('joins to-one relations: LEFT where there may be none, INNER otherwise, and nested', async (t) => {
      const opened = await database.open(t, blog)
      await threePosts(opened)
      const { sent } = opened
      const s = opened.session()
      sent.clear()
      const posts = await s
        .select(Post)
        .with('author.profile', 'editor.profile')
        .orderBy(Post.c.title)
        .all()
      const [text, ...rest] = sent.texts()
      assert.equal(rest.length, 0)
      assert.deepEqual(text?.match(/(?:inner|left) join "\w+"/g), [
        'inner join "user"',
        'left join "profile"',
        'left join "user"',
        'left join "profile"',
      ])
      assert.deepEqual(
        posts.map(({ author, editor }) => [
          author.name,
          author.profile?.bio,
          editor?.name,
          editor?.profile?.bio,
        ]),
        [
          ['ada', 'mathematics', undefined, undefined],
          ['bob', undefined, 'ada', 'mathematics'],
          ['ada', 'mathematics', undefined, undefined],
        ],
      )
      assert.equal(posts[0]?.author, posts[1]?.editor)
    })

    // session 4.19
    it('loads to-many relations below a joined one for all of its targets at once', async (t) => {
      const opened = await database.open(t, blog)
      await threePosts(opened)
      const { sent } = opened
      const s = opened.session()
      sent.clear()
      const comments = await s
        .select(Comment)
        .with('post.author.posts', 'parent.post')
        .orderBy(Comment.c.id)
        .all()
      assert.deepEqual(targets(sent), ['select comment', 'select post'])
      assert.deepEqual(
        comments.map(({ post, parent }) => [post.author.posts.length, parent?.post.title]),
        [
          [2, undefined],
          [2, 'c'],
        ],
      )
    })

    // session 4.20
    it('limits and skips parents, not rows of a collection', async (t) => {
      const opened = await database.open(t, blog)
      await threePosts(opened)
      const s = opened.session()
      const posts = await s
        .select(Post)
        .with('tags', 'author')
        .orderBy(Post.c.title.desc())
        .limit(2)
        .all()
      assert.deepEqual(
        posts.map(({ title, tags }) => [title, tags.length]),
        [
          ['c', 2],
          ['b', 1],
        ],
      )
      const rest = await s
        .select(Post)
        .with('tags')
        .orderBy(Post.c.title.desc())
        .limit(5)
        .offset(2)
        .all()
      assert.deepEqual(
        rest.map(({ title }) => title),
        ['a'],
      )
    })

    // session 4.21
    it('never multiplies the rows of two collections', async (t) => {
      const opened = await database.open(t, blog)
      await threePosts(opened)
      const { sent } = opened
      const s = opened.session()
      sent.clear()
      const post = await s.select(Post).where({ title: 'c' }).with('tags', 'comments').one()
      assert.deepEqual([post.tags.length, post.comments.length], [2, 2])
      assert.deepEqual(
        sent.events.map(({ rows }) => rows),
        [1, 2, 2],
      )
    })

    // session 4.26
    it('knows an empty relation as loaded', async (t) => {
      const opened = await database.open(t, blog)
      await threePosts(opened)
      const { sent } = opened
      const s = opened.session()
      const post = await s.select(Post).where({ title: 'a' }).with('tags', 'comments').one()
      const bob = await s.select(User).where({ name: 'bob' }).with('profile').one()
      sent.clear()
      assert.deepEqual(
        [(await post.tags.load()).length, (await s.load(post, 'comments')).comments.length],
        [0, 0],
      )
      assert.equal((await s.load(bob, 'profile')).profile, null)
      assert.equal(sent.count(), 0)
    })

    it('names a relation that does not exist, and the nearest', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      await failure('ARGUMENT', ['Cannot load Post.autor', 'Did you mean "author"?'], () =>
        s
          .select(Post)
          .with('autor' as 'author')
          .all(),
      )
      await failure('ARGUMENT', ['Cannot load User.titel'], () =>
        s
          .select(Post)
          .with('author.titel' as 'author')
          .all(),
      )
    })
  })
}
