import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { belongsTo, hasMany, id, int, Model, SerializationError } from 'athanor'
import { Account, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { openTracked, spelled } from './change-support.ts'

/** Two tables that refer to each other; the captain is written after both rows exist. */
class Team extends Model({
  id: id(),
  captainId: int().nullable(),
  captain: () => belongsTo(Player, { postUpdate: true }),
  players: () => hasMany(Player, 'team'),
}) {}
class Player extends Model({ id: id(), teamId: int(), team: () => belongsTo(Team) }) {}

for (const database of databases()) {
  describe(`the net effect that change signals tell on ${database.name}`, () => {
    it('tell the net effect of all flushes', async (t) => {
      const { db, changes, calls } = await openTracked(t, database)
      await db.run(async ({ session }) => {
        const [ada, bob, cid, dan] = ['ada', 'bob', 'cid', 'dan'].map((name) => new User({ name }))
        assert.ok(ada !== undefined && bob !== undefined && cid !== undefined && dan !== undefined)
        session.addAll([bob, cid, dan])
        await session.commit()
        calls()

        session.add(ada)
        await session.flush()
        ada.email = 'ada@example.org' // insert + update
        const eve = session.add(new User({ name: 'eve' }))
        await session.flush()
        session.delete(eve) // insert + delete
        bob.email = 'bob@example.org'
        await session.flush()
        session.delete(bob) // update + delete
        cid.name = 'sid'
        await session.flush()
        cid.name = 'cid' // there and back
        dan.name = 'Dan'
        await session.flush()
        dan.email = 'dan@example.org' // two updates
        await session.commit()
        assert.deepEqual(changes(), [
          `insert user ${ada.id}`,
          `delete user ${bob.id}`,
          `update user ${dan.id} name: dan -> Dan, email: null -> dan@example.org`,
        ])

        session.delete(dan)
        await session.flush()
        session.add(new User({ id: dan.id, name: 'another Dan' })) // delete + insert of the same key
        await session.commit()
        assert.deepEqual(changes(), [
          `update user ${dan.id} name: Dan -> another Dan, email: dan@example.org -> null`,
        ])
        const another = await session.getOne(User, dan.id)
        session.delete(another)
        session.add(new User({ id: dan.id, name: 'a third Dan' })) // in one flush
        await session.commit()
        assert.deepEqual(changes(), [`update user ${dan.id} name: another Dan -> a third Dan`])
      })
    })

    it('compare values and not their spelling, and count a version as a change', async (t) => {
      const { db, changes, calls } = await openTracked(t, database)
      await db.run(async ({ session }) => {
        const author = new User({ name: 'ada' })
        const post = session.add(new Post({ title: 'One', author, meta: { pins: [1] } }))
        const account = session.add(new Account({ balance: '2.50' }))
        await session.commit()
        calls()
        const [meta, createdAt] = [post.meta, post.createdAt]
        Object.assign(post, { meta: { pins: [] }, createdAt: new Date(0), published: true })
        account.balance = '3.00'
        await session.flush()
        Object.assign(post, { meta, createdAt: new Date(createdAt), published: false })
        account.balance = '2.5'
        await session.commit()
        assert.deepEqual(changes(), [`update account ${account.id} version: 1 -> 3`])
      })
    })

    it('tell what a savepoint did at the real commit, and nothing of one that was rolled back', async (t) => {
      const { db, changes, calls } = await openTracked(t, database)
      await db.run(async ({ session }) => {
        const tag = session.add(new Tag({ name: 'outer' }))
        await session.beginNested(async () => {
          session.add(new Tag({ name: 'released' }))
          await session.beginNested(() => {
            tag.name = 'renamed inside'
          })
        })
        const failing = session.beginNested(async () => {
          tag.name = 'lost'
          session.add(new Tag({ name: 'lost too' }))
          await session.flush()
          throw new Error('no')
        })
        await assert.rejects(failing, /no/)
        assert.deepEqual(calls(), [])
        await session.commit()
        assert.deepEqual(changes(), ['insert tag 1', 'insert tag 2'])
        assert.equal(tag.name, 'renamed inside')

        await session.beginNested(() => void session.add(new Tag({ name: 'in vain' })))
        await session.rollback()
        assert.deepEqual(calls(), [])
      })
    })

    it('tell what the last run of a replayed transaction did', async (t) => {
      const { db, changes } = await openTracked(t, database)
      for (const options of [{ retry: 2 }, { retry: 2, exactlyOnce: true }]) {
        let runs = 0
        await db.run(() =>
          db.transaction(async (session) => {
            runs += 1
            session.add(new Tag({ name: `run ${runs} ${Object.keys(options).length}` }))
            await session.flush()
            if (runs < 3) throw new SerializationError('Two transactions met.')
          }, options),
        )
        const [change, ...others] = changes()
        assert.match(change ?? '', /^insert tag \d+$/)
        assert.deepEqual([runs, others], [3, []])
      }
      const names = await db.run(() => db.select(Tag.c.name).orderBy(Tag.c.id).all())
      assert.deepEqual(names, ['run 3 1', 'run 3 2'])
    })

    it('tell of children whose foreign key a relation has set', async (t) => {
      const { db, changes, calls } = await openTracked(t, database)
      await db.run(async ({ session }) => {
        const [ada, bob] = [new User({ name: 'ada' }), new User({ name: 'bob' })]
        session.addAll([ada, bob])
        const post = session.add(new Post({ title: 'One', author: ada }))
        await session.commit()
        calls()
        bob.posts.add(post)
        await session.commit()
        assert.deepEqual(changes(), [`update post ${post.id} authorId: ${ada.id} -> ${bob.id}`])
        post.author = session.add(new User({ name: 'cid' }))
        await session.commit()
        assert.deepEqual(changes(), [
          `insert user ${post.authorId}`,
          `update post ${post.id} authorId: ${bob.id} -> ${post.authorId}`,
        ])
      })
    })

    it('tell of association rows by their two keys, and of their number where only that is known', async (t) => {
      const { db, changes, calls } = await openTracked(t, database)
      await db.run(async ({ session }) => {
        const [a, b] = [new Tag({ name: 'a' }), new Tag({ name: 'b' })]
        const post = session.add(new Post({ title: 'One', author: new User({ name: 'ada' }) }))
        session.addAll([a, b])
        await session.commit()
        calls()
        post.tags.add(a)
        post.tags.add(b)
        await session.flush()
        post.tags.remove(a)
        await session.commit()
        const tied = { post_id: post.id, tag_id: b.id }
        assert.deepEqual(changes(), [`insert post_tags ${JSON.stringify(tied)}`])
        b.posts.remove(post) // the same row, from the other side
        await session.commit()
        assert.deepEqual(changes(), [`delete post_tags ${JSON.stringify(tied)}`])
        post.tags.set([a, b])
        await session.commit()
        calls()
      })
      await db.run(async ({ session }) => {
        const [post, b] = [await session.select(Post).one(), await session.get(Tag, 2)]
        const c = session.add(new Tag({ name: 'c' }))
        assert.ok(b)
        await session.commit()
        calls()
        post.tags.remove(c) // is not there
        post.title = 'Two'
        await session.commit()
        assert.deepEqual(changes(), [`update post ${post.id} title: One -> Two`])
        post.tags.add(b, c) // b is there already
        await session.commit()
        const heard = changes()
        assert.ok(heard.includes(`insert post_tags {"post_id":${post.id},"tag_id":${c.id}}`))
        // where the database cannot leave a row alone by its key, nothing tells that it did
        assert.equal(heard.length, database.supports.conflictTarget ? 1 : 2)
      })
      await db.run(async ({ session }) => {
        session.delete(await session.select(Post).one())
        await session.commit()
        assert.deepEqual(changes(), ['delete post 1', 'bulk delete post_tags 3'])
      })
    })

    it('tell of statements past the unit of work how many rows they touched', async (t) => {
      const { db, changes, calls } = await openTracked(t, database)
      await db.run(async ({ session }) => {
        await session.insert(Tag).values([{ name: 'a' }, { name: 'b' }, { name: 'c' }])
        await session.update(Tag).set({ name: 'z' }).where({ name: 'c' })
        await session.update(Tag).set({ name: 'y' }).where({ name: 'nobody' })
        await session.deleteFrom(Tag).where({ name: ['a', 'b'] })
        await session.commit()
        assert.deepEqual(changes(), ['bulk insert tag 3', 'bulk update tag 1', 'bulk delete tag 2'])
        const [tag] = await session.insertOrGet(Tag, [{ name: 'z' }], ['name'])
        assert.equal(tag?.name, 'z')
        await session.commit()
        await session.deleteFrom(Tag).everyRow()
        await session.rollback()
        await session.commit()
        assert.deepEqual(
          calls().flat(),
          database.supports.conflictTarget
            ? []
            : ['before', 'bulk insert tag 1', 'after', 'bulk insert tag 1'],
        )
        await session.select(Tag).all()
        await session.deleteFrom(Tag).where({ name: 'z' }) // with the objects in memory, which follow
        await session.commit()
        assert.deepEqual(changes(), ['bulk delete tag 1'])
      })
    })

    it('has one change for a row that one flush writes twice', async (t) => {
      const options = { trackModifications: true }
      const { db } = await database.open(t, { Team, Player }, options)
      const heard: string[][] = []
      db.on('afterCommit', (changes) => void heard.push(changes.map(spelled)))
      await db.run(async ({ session }) => {
        const team = session.add(new Team({}))
        const captain = new Player({ team })
        team.captain = captain
        await session.commit()
        session.delete(captain)
        session.delete(team)
        await session.commit()
      })
      assert.deepEqual(
        heard.map((changes) => changes.toSorted()),
        [
          ['insert player 1', 'insert team 1'],
          ['delete player 1', 'delete team 1'],
        ],
      )
    })
  })
}
