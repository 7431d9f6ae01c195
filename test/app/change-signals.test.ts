import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  custom,
  id,
  isChangeOf,
  Model,
  UniqueViolationError,
  varchar,
  type Change,
  type Scope,
} from 'athanor'
import { blog, Comment, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { openTracked } from './change-support.ts'
import { Log } from './support.ts'

const onSuccess = { commit: 'onSuccess' } as const

for (const database of databases()) {
  describe(`change signals on ${database.name}`, () => {
    it('tell what a commit stores: model, key, kind and columns', async (t) => {
      const { db } = await openTracked(t, database)
      const heard: Change[][] = []
      db.on('afterCommit', (changes) => heard.push([...changes]))
      const write = async ({ session }: Scope): Promise<void> => {
        session.add(new User({ name: 'ada' }))
        await session.commit()
        const ada = await session.select(User).one()
        ada.email = 'ada@example.org'
        await session.commit()
        session.delete(ada)
        await session.commit()
      }
      await db.run(write)
      const row = { model: User, engineKey: 'default', table: 'user', identity: 1 }
      const made = (value: unknown) => ({ old: undefined, new: value })
      const gone = (value: unknown) => ({ old: value, new: undefined })
      assert.deepEqual(heard, [
        [
          {
            kind: 'insert',
            ...row,
            columns: { id: made(1), name: made('ada'), email: made(null) },
          },
        ],
        [{ kind: 'update', ...row, columns: { email: { old: null, new: 'ada@example.org' } } }],
        [
          {
            kind: 'delete',
            ...row,
            columns: { id: gone(1), name: gone('ada'), email: gone('ada@example.org') },
          },
        ],
      ])
    })

    it('are silent where nothing has changed, and forget at each commit and rollback', async (t) => {
      const { db, calls, changes } = await openTracked(t, database)
      await db.run(async ({ session }) => {
        await session.commit()
        const user = session.add(new User({ name: 'ada' }))
        await session.flush()
        await session.rollback()
        await session.commit()
        assert.deepEqual(calls(), [])
        session.add(user)
        await session.commit()
        assert.deepEqual(changes(), [`insert user ${user.id}`])
        user.name = 'ada'
        await session.select(User).all()
        await session.commit()
        assert.deepEqual(calls(), [])
        user.name = 'ida'
        await session.commit()
        assert.deepEqual(changes(), [`update user ${user.id} name: ada -> ida`])
      })
    })

    it('report a value that its codec cannot read, and the commit stands', async (t) => {
      const codec = {
        sqlType: 'varchar(20)',
        encode: (value: string) => value,
        decode(stored: string): string {
          if (stored === 'unreadable') throw new TypeError('no such colour')
          return stored
        },
      }
      class Car extends Model({ id: id(), colour: custom(codec) }) {}
      const failures: unknown[] = []
      const onListenerError = (error: unknown): number => failures.push(error)
      const options = { trackModifications: true, onListenerError }
      const { db } = await database.open(t, { Car }, options)
      let heard = 0
      db.on('afterCommit', () => (heard += 1))
      await db.run(({ session }) => session.add(new Car({ colour: 'unreadable' })), onSuccess)
      assert.equal(await db.run(() => Car.query().count()), 1)
      assert.match(failures.map(String).join(), /^DataError: Cannot read a column of type custom/)
      assert.equal(heard, 0)
    })

    // web 89
    it('tell of a commit that fails before it, and not after it', async (t) => {
      const { db, calls } = await openTracked(t, database)
      let fails = true
      db.on('beforeCommit', (_changes, _scope, session) => {
        if (fails) session.add(new Tag({ name: 'a' }))
      })
      const add = () => db.run(({ session }) => void session.add(new Tag({ name: 'a' })), onSuccess)
      await assert.rejects(add(), UniqueViolationError)
      assert.deepEqual(
        calls().map(([when]) => when),
        ['before'],
      )
      fails = false
      await add()
      assert.deepEqual(
        calls().map(([when]) => when),
        ['before', 'after'],
      )
      assert.equal(await db.run(({ session }) => session.select(Tag).count()), 1)
    })

    // web 89
    it('let a listener stop the commit: no row is stored', async (t) => {
      const { db, calls } = await openTracked(t, database)
      const listener = db.on('beforeCommit', () => {
        throw new Error('not on a Sunday')
      })
      const add = () => db.run(({ session }) => void session.add(new Tag({ name: 'a' })), onSuccess)
      const block = () =>
        db.run(() => db.transaction((session) => void session.add(new Tag({ name: 'b' }))))
      await assert.rejects(add(), /Sunday/)
      await assert.rejects(block(), /Sunday/)
      assert.deepEqual(
        calls().map(([when]) => when),
        ['before', 'before'],
      )
      const refusing = db.on('beforeCommit', (_changes, _scope, session) =>
        session.setRollbackOnly('no'),
      )
      listener[Symbol.dispose]()
      await assert.rejects(add(), /setRollbackOnly/)
      refusing[Symbol.dispose]()
      assert.equal(await db.run(({ session }) => session.select(Tag).count()), 0)
    })

    // web 89
    it('commit and tell what a listener adds before the commit, and ask it once', async (t) => {
      const { db, calls } = await openTracked(t, database)
      const added: string[] = []
      db.on('beforeCommit', (changes, scope, session) => {
        assert.equal(db.session, scope.session)
        for (const change of changes) {
          if (!isChangeOf(change, User)) continue
          const name = `user ${change.identity} ${change.columns.name?.new}`
          added.push(session.add(new Tag({ name })).name)
        }
      })
      await db.run(({ session }) => void session.add(new User({ name: 'ada' })), onSuccess)
      assert.deepEqual(added, ['user 1 ada'])
      assert.deepEqual(calls(), [
        ['before', 'insert user 1'],
        ['after', 'insert user 1', 'insert tag 1'],
      ])
      await db.run(async ({ session }) => {
        const tag = await session.select(Tag).one()
        tag.name = 'renamed'
        db.on('beforeCommit', () => {
          tag.name = added[0] ?? ''
          session.add(new Tag({ name: 'instead' }))
        })
        await session.commit()
      })
      assert.deepEqual(calls(), [
        ['before', 'update tag 1 name: user 1 ada -> renamed'],
        ['after', 'insert tag 2'],
      ])
    })

    it('tell of deletes that cascade in the session', async (t) => {
      const { db, changes, calls } = await openTracked(t, database)
      await db.run(async ({ session }) => {
        const post = session.add(new Post({ title: 'One', author: new User({ name: 'ada' }) }))
        post.comments.add(new Comment({ body: 'a' }))
        post.comments.add(new Comment({ body: 'b' }))
        await session.commit()
        calls()
      })
      await db.run(async ({ session }) => {
        session.delete(await session.select(Post).one())
        await session.commit()
        assert.deepEqual(changes().toSorted(), [
          'delete comment 1',
          'delete comment 2',
          'delete post 1',
        ])
      })
    })

    it('tell values that nobody changes afterwards, and the key that gives the object', async (t) => {
      const { db } = await openTracked(t, database)
      const told: Change[] = []
      db.on('afterCommit', (changes) => void told.push(...changes))
      await db.run(async ({ session }) => {
        const author = new User({ name: 'ada' })
        const post = session.add(new Post({ title: 'One', author, meta: { pins: [1] } }))
        await session.commit()
        const change = told.find((each) => isChangeOf(each, Post))
        assert.ok(change !== undefined && isChangeOf(change, Post))
        post.title = 'Two'
        post.meta.pins.push(2)
        await session.commit()
        assert.deepEqual(
          [change.columns.title?.new, change.columns.meta?.new],
          ['One', { pins: [1] }],
        )
        assert.equal(await session.get(Post, change.identity), post)
      })
    })

    it('that fail after a commit stop neither the others nor the commit', async (t) => {
      const { db, log } = await openTracked(t, database)
      const heard: string[] = []
      db.on('afterCommit', () => Promise.reject(new Error('the index is down')))
      db.on('afterCommit', () => heard.push('the next one'))
      await db.run((scope) => void scope.session.add(new Tag({ name: 'a' })), {
        name: 'tags',
        ...onSuccess,
      })
      assert.deepEqual(heard, ['the next one'])
      const [line] = log.of('ATHANOR_AFTER_COMMIT_FAILED')
      assert.equal((line?.facts['err'] as Error | undefined)?.message, 'the index is down')
      assert.match(line?.message ?? '', /"tags"/)
    })

    it('are those of a fork when the fork commits', async (t) => {
      const { db, calls } = await openTracked(t, database)
      db.on('beforeCommit', (changes, _scope, session) => {
        if (changes.length === 1) session.add(new Tag({ name: 'beside it' }))
      })
      await db.run(async (scope) => {
        const fork = scope.fork()
        fork.add(new Tag({ name: 'of the fork' }))
        await fork.commit()
        await scope.session.commit()
        assert.deepEqual(calls(), [
          ['before', 'insert tag 1'],
          ['after', 'insert tag 1', 'insert tag 2'],
        ])
      })
    })

    it('take COMMIT along with the statements unless somebody listens before it', async (t) => {
      const { db, sent } = await database.open(t, blog, { trackModifications: true })
      const seen: string[][] = []
      const add = (name: string) =>
        db.run(({ session }) => void session.add(new Tag({ name })), onSuccess)
      sent.clear()
      db.on('afterCommit', () => seen.push(sent.kinds()))
      await add('a')
      db.on('beforeCommit', () => seen.push(sent.kinds()))
      await add('b')
      assert.deepEqual(seen, [['begin', 'insert', 'commit'], ['begin', 'insert'], ['commit']])
    })
  })
}

/** Its password is nobody's business. */
class Member extends Model({ id: id(), name: varchar(40), password: varchar(40).hidden() }) {}

describe('change signals', () => {
  const [database] = databases()
  if (database === undefined) return

  // web 88
  it('are off by default: nobody is called, and the developer is told so once', async (t) => {
    const log = new Log()
    const { db } = await database.open(t, blog, { logger: log, diagnostics: true })
    const heard: unknown[] = []
    const add = (name: string) =>
      db.run(({ session }) => void session.add(new Tag({ name })), onSuccess)
    await add('a')
    assert.deepEqual(log.of('ATHANOR_UNTRACKED_CHANGES'), [])
    db.on('beforeCommit', (changes) => heard.push(changes))
    db.on('afterCommit', (changes) => heard.push(changes))
    await add('b')
    await add('c')
    assert.deepEqual(heard, [])
    assert.equal(log.of('ATHANOR_UNTRACKED_CHANGES').length, 1)
  })

  // web 88
  it('say which application they come from, and come from those that track', async (t) => {
    const { db } = await database.open(t, blog, { trackModifications: true, diagnostics: false })
    const [tracking, silent] = [{}, {}]
    const url = 'sqlite::memory:'
    db.initApp(tracking, { url })
    db.initApp(silent, { url, trackModifications: false })
    const senders: unknown[] = []
    db.on('afterCommit', (_changes, scope) => senders.push(scope.app))
    for (const app of [silent, tracking]) {
      await db.run(
        async ({ session }) => {
          await db.createAll()
          session.add(new Tag({ name: 'a' }))
          await session.commit()
        },
        { app },
      )
    }
    assert.deepEqual(
      senders.map((app) => app === tracking),
      [true],
    )
  })

  it('show hidden columns to whoever asks for them by name, and to no log', async (t) => {
    const { db } = await database.open(t, { Member }, { trackModifications: true })
    const told: Change[] = []
    db.on('afterCommit', (changes) => void told.push(...changes))
    await db.run(async ({ session }) => {
      const member = session.add(new Member({ name: 'ada', password: 'first' }))
      await session.commit()
      member.password = 'second'
      await session.commit()
    })
    const [made, changed] = told
    assert.ok(made !== undefined && changed !== undefined && isChangeOf(changed, Member))
    assert.deepEqual(changed.columns.password, { old: 'first', new: 'second' })
    assert.doesNotMatch(JSON.stringify([made, changed]), /first|second/)
    assert.equal(isChangeOf(changed, Tag), false)
  })

  // web 93
  it('hand errors of listeners to onListenerError, of all that has happened', async (t) => {
    const log = new Log()
    const errors: unknown[][] = []
    const onListenerError = (error: unknown, event: string): void => {
      errors.push([(error as Error).message, event])
      if (event === 'afterRollback') throw new Error('the handler fails too')
    }
    const options = { trackModifications: true, logger: log, onListenerError }
    const { db } = await database.open(t, blog, options)
    const fails = (message: string) => () => {
      throw new Error(message)
    }
    db.on('afterCommit', fails('of the database'))
    db.on('afterRollback', fails('of a rollback'))
    await db.run(async (scope) => {
      scope.session.add(new Tag({ name: 'a' }))
      scope.afterCommit(fails('of the scope'))
      scope.session.on('afterCommit', fails('of the session'))
      await scope.session.commit()
      assert.deepEqual(log.lines, [])
      await scope.session.rollback()
    })
    assert.deepEqual(errors, [
      ['of the session', 'afterCommit'],
      ['of the scope', 'afterCommit'],
      ['of the database', 'afterCommit'],
      ['of a rollback', 'afterRollback'],
    ])
    const left = log.of('ATHANOR_LISTENER').map(({ facts }) => (facts['err'] as Error).message)
    assert.deepEqual(left, ['of a rollback', 'the handler fails too'])
  })
})
