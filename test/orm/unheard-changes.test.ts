import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect as print } from 'node:util'
import { blog, Post, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'

/** What a template or a program without types does with a collection. */
const READS: Readonly<
  Record<string, (posts: Iterable<Post> & Record<string, unknown>) => unknown>
> = {
  'for … of': (posts) => {
    for (const post of posts) return post
    return undefined
  },
  '[...spread]': (posts) => [...posts],
  length: (posts) => posts['length'],
  map: (posts) => posts['map'],
  push: (posts) => posts['push'],
  JSON: (posts) => JSON.stringify({ posts }),
}

for (const database of databases()) {
  describe(`a collection as a program without types uses it, on ${database.name}`, () => {
    it('is an error where it is read before it is loaded, and not where it is printed', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const user = s.add(new User({ name: 'ada' }))
      await s.commit()
      const other = session()
      const found = await other.getOne(User, user.id)
      const posts: unknown = found.posts
      for (const [name, read] of Object.entries(READS))
        assert.throws(
          () => read(posts as never),
          {
            code: 'UNLOADED_ATTRIBUTE',
            message: /^Cannot read User\.posts of User#1: .*\.load\(\)/,
          },
          name,
        )
      assert.match(print(posts), /RelatedMany/)
      assert.equal(await Promise.resolve(found.posts), posts)
      assert.equal('posts' in JSON.parse(JSON.stringify(found)), false)
      await other.close()
      assert.throws(() => READS['length']?.(posts as never), { code: 'DETACHED_INSTANCE' })
    })

    it('is an error where a loaded one is changed past the session', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const user = s.add(new User({ name: 'ada' }))
      user.posts.add(new Post({ title: 'one' }), new Post({ title: 'two' }))
      await s.commit()
      const posts = await user.posts.load()
      const list = posts as unknown as Post[]
      for (const change of [
        () => list.push(new Post({ title: 'lost' })),
        () => list.pop(),
        () => list.splice(0, 1),
      ])
        assert.throws(change, { code: 'ARGUMENT', message: /on User\.posts: .*\.add\(…\)/ })
      assert.equal(posts.length, 2)
      assert.deepEqual(
        posts.toSorted((a, b) => b.id - a.id).map(({ title }) => title),
        ['two', 'one'],
      )
    })
  })
}
