import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { blog, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { fourPosts } from './fixtures.ts'
import { failure } from './support.ts'

for (const database of databases()) {
  describe(`first() and one() on ${database.name}`, () => {
    it('look at no more rows than the query gives', async (t) => {
      const opened = await database.open(t, blog)
      await fourPosts(opened)
      const s = opened.session()
      const best = s.select(Post.c.title).orderBy(Post.c.views.desc())
      assert.equal(await best.limit(1).one(), 'd')
      assert.equal(await best.limit(1).oneOrNull(), 'd')
      assert.equal(await best.offset(3).one(), 'b')
      assert.equal(await best.limit(1).offset(1).one(), 'a')
      await failure('MULTIPLE_RESULTS_FOUND', ['at least 2'], () => best.limit(2).one())
      await failure('NO_RESULT_FOUND', ['gives none'], () => best.limit(0).one())
      assert.equal(await best.limit(0).first(), null)
      assert.equal(await best.offset(1).first(), 'a')
    })

    // settled M16
    it('take the first by primary key where the query leaves the order open', async (t) => {
      const opened = await database.open(t, blog)
      await fourPosts(opened)
      const s = opened.session()
      assert.equal((await s.select(Tag).first())?.name, 'x')
      assert.equal(await s.select(Tag.c.name).first(), 'x')
      assert.equal(await s.select(User.c.email).first(), null, 'NULL and no row are one here')
      assert.equal(await s.select(User.c.email).exists(), true)
      assert.match(opened.sent.texts().join('\n'), /order by "user"."id" limit/)
    })
  })
}
