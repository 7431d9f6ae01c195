import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { not, or } from 'athanor'
import { blog, Comment, Post, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { fourPosts } from './fixtures.ts'
import { failure } from './support.ts'

for (const database of databases()) {
  describe(`conditions on ${database.name}`, () => {
    // settled M16
    it('joins conditions by AND, as several arguments, several calls or members of an object', async (t) => {
      const opened = await database.open(t, blog)
      await fourPosts(opened)
      const s = opened.session()
      const ada = await s.getOne(User, 1)
      const titles = async (query: { all(): Promise<Post[]> }): Promise<string> =>
        (await query.all()).map(({ title }) => title).join('')
      const all = s.select(Post).orderBy(Post.c.title)
      assert.equal(await titles(all.where(Post.c.views.gt(1), Post.c.views.lt(9))), 'ac')
      assert.equal(await titles(all.where({ author: ada }).where({ title: ['a', 'b', 'd'] })), 'ab')
      assert.equal(await titles(all.where({ authorId: ada.id, editorId: null })), 'ac')
      assert.equal(
        await titles(all.where(or(Post.c.title.eq('a'), not(Post.c.author.is(ada))))),
        'ad',
      )
      assert.equal(
        await titles(
          all.where(Post.c.tags.any({ name: 'y' }), Post.c.comments.any(Comment.c.body.eq('two'))),
        ),
        'c',
      )
      assert.equal(
        await titles(all.where(Post.c.tags.none(), Post.c.author.has({ name: 'ada' }))),
        'a',
      )
      assert.equal(await titles(all.where(Post.c.id.in(s.select(Comment.c.postId)))), 'c')
      assert.equal(await titles(all.where({ title: [] })), '')
    })

    // settled H19
    it('refuses undefined and unknown names in conditions', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      await failure('ARGUMENT', ['Cannot filter Post by authorId', 'undefined', 'other rows'], () =>
        s
          .select(Post)
          .where({ authorId: undefined as never })
          .all(),
      )
      await failure('ARGUMENT', ['Cannot filter Post by "titel"', 'title'], () =>
        s
          .select(Post)
          .where({ titel: 'x' } as never)
          .all(),
      )
      await failure('ARGUMENT', ['undefined'], () =>
        s
          .select(Post)
          .where(Post.c.title.eq(undefined as never))
          .all(),
      )
      await failure('ARGUMENT', ['Cannot filter Post by a string'], () =>
        s
          .select(Post)
          .where('title = 1' as never)
          .all(),
      )
      await failure('ARGUMENT', ['Post.views', 'integer'], () =>
        s
          .select(Post)
          .where({ views: 'many' as never })
          .all(),
      )
      await failure('ARGUMENT', ['User', 'no id yet'], () =>
        s
          .select(Post)
          .where({ author: new User({ name: 'new' }) })
          .all(),
      )
      assert.equal(sent.count(), 0)
    })
  })
}
