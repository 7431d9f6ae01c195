import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolve } from 'node:path'
import { inspect } from 'athanor'
import { open, Post, Tag } from './support.ts'

describe('a helper that opens a scope in the middle of somebody else’s work', () => {
  // seed 9
  // seed 11
  it('leaves the objects of the outer scope attached, their relations loadable and their changes stored', async (t) => {
    const { db } = await open(t)
    await db.run(
      () => {
        const post = db.session.add(new Post({ title: 'home' }))
        post.tags.set([new Tag({ name: 'old' })])
        db.session.add(new Tag({ name: 'new' }))
      },
      { commit: 'onSuccess' },
    )

    /** As in the story: a path needs the configuration, and the helper opens a scope to get at it. */
    const absolutePath = (location: string): Promise<string> =>
      db.run(() => resolve(db.engine.url.location, location))

    await db.run(async () => {
      const post = await Post.query().where({ title: 'home' }).one()
      const { checkouts } = db.engine.status
      assert.match(await absolutePath('home.md'), /home\.md$/)
      assert.equal(
        db.engine.status.checkouts,
        checkouts,
        'reading the configuration takes no connection',
      )

      assert.equal(db.session.has(post), true)
      assert.equal(inspect(post).state, 'persistent')
      assert.deepEqual(
        (await post.tags.load()).map(({ name }) => name),
        ['old'],
      )
      post.tags.set([await Tag.query().where({ name: 'new' }).one()])
      await db.session.commit()
    })

    const names = await db.run(async () =>
      (await (await db.getOr404(Post, 1)).tags.load()).map(({ name }) => name),
    )
    assert.deepEqual(names, ['new'])
  })

  // seed 9
  it('does so too when the helper uses the database and fails', async (t) => {
    const { db } = await open(t)
    await db.run(async () => {
      const post = db.session.add(new Post({ title: 'home' }))
      post.tags.set([new Tag({ name: 'kept' })])
      await assert.rejects(
        db.run(async () => {
          await db.select(Post).count()
          throw new Error('the helper fails')
        }),
      )
      assert.equal(db.session.has(post), true)
      await db.session.commit()
    })
    assert.equal(
      await db.run(() =>
        db
          .select(Post)
          .where(Post.c.tags.any({ name: 'kept' }))
          .count(),
      ),
      1,
    )
  })
})
