import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, belongsTo, hasMany, hasOne, id, inspect, int, varchar } from 'athanor'
import { blog, Comment, Post, Profile, Tag, User } from '../support/blog.ts'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure, targets } from './support.ts'

/** Two relations between two tables, and one table that refers to itself. */
class Member extends Model({
  id: id(),
  name: varchar(40),
  bossId: int().nullable(),
  boss: () => belongsTo(Member),
  team: () => hasMany(Member, 'boss', { orderBy: '-name' }),
  sent: () => hasMany(Letter, 'sender', { orderBy: 'id' }),
  received: () => hasMany(Letter, 'receiver', { orderBy: 'id' }),
}) {}
class Letter extends Model({
  id: id(),
  senderId: int(),
  receiverId: int(),
  sender: () => belongsTo(Member),
  receiver: () => belongsTo(Member),
}) {}

/** Keys of two columns. */
class Line extends Model({
  orderId: int().primaryKey(),
  lineNo: int().primaryKey(),
  text: varchar(40),
  parcels: () => hasMany(Parcel, 'line', { orderBy: 'id' }),
  label: () => hasOne(Label, 'line'),
}) {}
class Parcel extends Model({
  id: id(),
  orderId: int().nullable(),
  lineNo: int().nullable(),
  line: () => belongsTo(Line, { via: ['orderId', 'lineNo'] }),
}) {}
class Label extends Model({
  orderId: int().primaryKey(),
  lineNo: int().primaryKey(),
  line: () => belongsTo(Line, { via: ['orderId', 'lineNo'] }),
}) {}

async function fill({ session }: TestDatabase): Promise<void> {
  const s = session()
  const [ada, bob] = [
    new User({ name: 'ada', profile: new Profile({ bio: 'mathematics' }) }),
    new User({ name: 'bob' }),
  ]
  const [x, y] = [new Tag({ name: 'x' }), new Tag({ name: 'y' })]
  const third = new Post({ title: 'c', author: ada, tags: [y, x] })
  third.comments.add(
    new Comment({ body: 'two', parent: new Comment({ body: 'one', post: third }) }),
  )
  s.addAll([
    new Post({ title: 'a', author: ada }),
    new Post({ title: 'b', author: bob, editor: ada, tags: [x] }),
    third,
  ])
  await s.commit()
}

for (const database of databases()) {
  describe(`with() on ${database.name}`, () => {
    // session 4.18
    it('loads to-many relations by one statement a relation and level, through the foreign key alone', async (t) => {
      const opened = await database.open(t, blog)
      await fill(opened)
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
      await fill(opened)
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
      await fill(opened)
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
      await fill(opened)
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
      await fill(opened)
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

    // session 4.25
    it('loads what is not loaded of objects in memory, and overwrites nothing else', async (t) => {
      const opened = await database.open(t, blog)
      await fill(opened)
      const s = opened.session()
      const post = await s.select(Post).where({ title: 'b' }).with('tags').one()
      const rival = opened.session()
      const theirs = await rival.select(Post).where({ title: 'b' }).one()
      theirs.tags.add(await rival.select(Tag).where({ name: 'y' }).one())
      theirs.comments.add(new Comment({ body: 'theirs' }))
      await rival.commit()
      const again = await s
        .select(Post)
        .where({ title: 'b' })
        .with('tags', 'comments', 'author')
        .one()
      assert.equal(again, post)
      assert.deepEqual(
        [
          again.tags.map(({ name }) => name),
          again.comments.map(({ body }) => body),
          again.author.name,
        ],
        [['x'], ['theirs'], 'bob'],
      )
      await s.commit()
      const fresh = await s.select(Post).where({ title: 'b' }).with('tags').one()
      assert.deepEqual(
        fresh.tags.map(({ name }) => name).toSorted(),
        ['x', 'y'],
        'after a commit it is stale, and read again',
      )
    })

    // session 4.25
    it('merges what it reads with adds and removes that are not flushed', async (t) => {
      const opened = await database.open(t, blog)
      await fill(opened)
      const s = opened.session()
      const post = await s.select(Post).where({ title: 'c' }).one()
      const [x, y] = await s.select(Tag).orderBy(Tag.c.name).all()
      assert.ok(x && y)
      const fresh = new Tag({ name: 'z' })
      post.tags.add(fresh, x)
      post.tags.remove(y)
      const loaded = await s.noAutoflush(() =>
        s.select(Post).where({ title: 'c' }).with('tags').one(),
      )
      assert.deepEqual([...loaded.tags], [x, fresh])
      await s.commit()
      const stored = await opened.session().select(Post).where({ title: 'c' }).with('tags').one()
      assert.deepEqual(
        stored.tags.map(({ name }) => name),
        ['x', 'z'],
      )
    })

    // session 4.25
    it('keeps a reference and a one-to-one that were set and not flushed', async (t) => {
      const opened = await database.open(t, blog)
      await fill(opened)
      const s = opened.session()
      const [post, bob] = [
        await s.select(Post).where({ title: 'a' }).one(),
        await s.select(User).where({ name: 'bob' }).one(),
      ]
      const profile = new Profile({ bio: 'gardening' })
      const cyd = new User({ name: 'cyd' })
      bob.profile.set(profile)
      post.author = cyd
      await s.noAutoflush(() => s.select(Post).with('author.profile', 'editor').all())
      await s.noAutoflush(() => s.select(User).with('profile').all())
      assert.equal(post.author, cyd)
      assert.equal(inspect(profile).state, 'pending')
      await s.commit()
      assert.deepEqual(
        await opened
          .session()
          .select({ author: Post.c.author.c.name })
          .where(Post.c.title.eq('a'))
          .all(),
        [{ author: 'cyd' }],
      )
      assert.equal((await opened.session().getOne(Profile, bob.id)).bio, 'gardening')
    })

    // session 4.26
    it('knows an empty relation as loaded', async (t) => {
      const opened = await database.open(t, blog)
      await fill(opened)
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

    // session 4.27
    it('orders a collection as its relation says, whichever way it is loaded', async (t) => {
      const { session } = await database.open(t, { Member, Letter })
      const setup = session()
      setup.add(
        new Member({ name: 'boss', team: ['b', 'c', 'a'].map((name) => new Member({ name })) }),
      )
      await setup.commit()
      const boss = session().select(Member).where({ name: 'boss' })
      assert.deepEqual(
        (await boss.with('team').one()).team.map(({ name }) => name),
        ['c', 'b', 'a'],
      )
      const other = await session().select(Member).where({ name: 'boss' }).one()
      assert.deepEqual(
        (await other.team.load()).map(({ name }) => name),
        ['c', 'b', 'a'],
      )
    })

    // session 4.28
    it('goes round a circle as deep as the path says', async (t) => {
      const { session, sent } = await database.open(t, { Member, Letter })
      const setup = session()
      setup.add(
        new Member({
          name: 'a',
          team: [
            new Member({
              name: 'b',
              team: [new Member({ name: 'c', team: [new Member({ name: 'd' })] })],
            }),
          ],
        }),
      )
      await setup.commit()
      const s = session()
      sent.clear()
      const top = await s.select(Member).where({ name: 'a' }).with('team.team.boss.boss').one()
      assert.deepEqual(targets(sent), ['select member', 'select member', 'select member'])
      const [second] = top.team
      const [third] = second?.team ?? []
      assert.equal(third?.boss?.boss, top)
      assert.ok(third)
      assert.deepEqual(inspect(third).unloaded, ['team', 'sent', 'received'])
    })

    it('tells two relations between two tables apart', async (t) => {
      const { session } = await database.open(t, { Member, Letter })
      const setup = session()
      const [ada, bob] = [new Member({ name: 'ada' }), new Member({ name: 'bob' })]
      setup.addAll([
        new Letter({ sender: ada, receiver: bob }),
        new Letter({ sender: ada, receiver: bob }),
        new Letter({ sender: bob, receiver: ada }),
      ])
      await setup.commit()
      const members = await session()
        .select(Member)
        .with('sent.receiver', 'received')
        .orderBy(Member.c.name)
        .all()
      assert.deepEqual(
        members.map(({ sent, received }) => [
          sent.map(({ receiver }) => receiver.name),
          received.length,
        ]),
        [
          [['bob', 'bob'], 1],
          [['ada'], 2],
        ],
      )
    })

    it('follows keys of several columns in both directions', async (t) => {
      const { session, sent } = await database.open(t, { Line, Parcel, Label })
      const setup = session()
      for (const [orderId, lineNo] of [
        [1, 2],
        [2, 1],
        [2, 2],
      ] as const) {
        setup.add(
          new Line({
            orderId,
            lineNo,
            text: `${orderId}.${lineNo}`,
            parcels: [new Parcel({}), new Parcel({})],
            ...(lineNo === 1 ? { label: new Label({}) } : {}),
          }),
        )
      }
      setup.add(new Parcel({}))
      await setup.commit()
      const s = session()
      sent.clear()
      const lines = await s.select(Line).with('parcels.line', 'label').orderBy(Line.c.text).all()
      assert.deepEqual(targets(sent), ['select line', 'select parcel'])
      assert.deepEqual(
        lines.map(({ text, parcels, label }) => [
          text,
          parcels.map(({ line }) => line?.text),
          label !== null,
        ]),
        [
          ['1.2', ['1.2', '1.2'], false],
          ['2.1', ['2.1', '2.1'], true],
          ['2.2', ['2.2', '2.2'], false],
        ],
      )
      const parcels = await session().select(Parcel).with('line').orderBy(Parcel.c.id).all()
      assert.deepEqual(
        parcels.map(({ line }) => line?.text),
        ['1.2', '1.2', '2.1', '2.1', '2.2', '2.2', undefined],
      )
      assert.equal(
        await s
          .select(Parcel)
          .where(Parcel.c.line.is(lines[0] ?? null))
          .count(),
        2,
      )
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
