import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Post } from '../../../examples/blog/models.ts'
import { Sent } from '../../support/sent.ts'
import { describeOnEveryDatabase } from '../support/on-every-database.ts'
import { openBlog } from './support.ts'

describeOnEveryDatabase('the posts of the blog', (database) => {
  it('are shown to all, with a link to edit them for their author', async (t) => {
    const { visitor, user } = await openBlog(t, database)
    const seen = (await visitor.get('/')).body
    for (const text of ['Log in', 'Register', 'On furnaces', 'ann, 2018-01-01', 'first\nsecond'])
      assert.ok(seen.includes(text), text)
    assert.doesNotMatch(seen, /update/)
    assert.match((await (await user('ann')).get('/')).body, /href="\/1\/update"/)
    assert.doesNotMatch((await (await user('ben')).get('/')).body, /href="\/1\/update"/)
  })

  it('are listed from the newest to the oldest, in one statement however many there are', async (t) => {
    const { db, visitor, user } = await openBlog(t, database)
    const ben = await user('ben')
    for (const title of ['two', 'three']) await ben.post('/create', { title, body: '' })
    const sent = new Sent(db.engine)
    const { body } = await visitor.get('/')
    const titles = Array.from(body.matchAll(/<h2>(.*?)<\/h2>/g), ([, title]) => title)
    assert.deepEqual(titles, ['three', 'two', 'On furnaces'])
    assert.deepEqual(sent.kinds(), ['select'])
  })

  it('are written by people who have logged in', async (t) => {
    const { db, visitor } = await openBlog(t, database)
    for (const path of ['/create', '/1/update', '/1/delete']) {
      const { status, location } = await visitor.post(path, { title: 'x' })
      assert.deepEqual([status, location], [303, '/auth/login'], path)
    }
    assert.equal((await visitor.get('/create')).location, '/auth/login')
    assert.equal(await db.run(() => Post.query().where({ title: 'On furnaces' }).count()), 1)
  })

  it('are changed by their author alone', async (t) => {
    const { db, user } = await openBlog(t, database)
    const ben = await user('ben')
    for (const path of ['/1/update', '/1/delete']) {
      const { status, body } = await ben.post(path, { title: 'x' })
      assert.equal(status, 403)
      assert.ok(body.includes('Only its author may change a post.'))
      assert.ok(body.includes('Log out'), 'the page knows who is there')
    }
    assert.equal((await ben.get('/1/update')).status, 403)
    assert.equal((await db.run(() => db.session.getOne(Post, 1))).title, 'On furnaces')
  })

  // web 61
  it('that do not exist are 404', async (t) => {
    const { user } = await openBlog(t, database)
    const ann = await user('ann')
    for (const id of ['2', '0', 'x', '99999999999999999999']) {
      for (const action of ['update', 'delete']) {
        const { status, body } = await ann.post(`/${id}/${action}`)
        assert.equal(status, 404)
        assert.match(body, /There is no such post\./)
      }
    }
  })

  it('are created', async (t) => {
    const { db, user } = await openBlog(t, database)
    const ann = await user('ann')
    assert.equal((await ann.get('/create')).status, 200)
    const { status, location } = await ann.post('/create', { title: ' <i>new</i> ', body: '' })
    assert.deepEqual([status, location], [303, '/'])
    const post = await db.run(() => Post.query().where({ id: 2 }).with('author').one())
    assert.deepEqual([post.title, post.body, post.author.name], ['<i>new</i>', '', 'ann'])
    assert.ok((await ann.get('/')).body.includes('<h2>&lt;i&gt;new&lt;/i&gt;</h2>'))
  })

  it('are changed', async (t) => {
    const { db, user } = await openBlog(t, database)
    const ann = await user('ann')
    const form = await ann.get('/1/update')
    assert.equal(form.status, 200)
    assert.ok(form.body.includes('value="On furnaces"') && form.body.includes('first\nsecond'))
    const { status, location } = await ann.post('/1/update', { title: 'changed', body: 'b' })
    assert.deepEqual([status, location], [303, '/'])
    const post = await db.run(() => db.session.getOne(Post, 1))
    assert.deepEqual([post.title, post.body, post.authorId], ['changed', 'b', 1])
  })

  it('need a title', async (t) => {
    const { db, user } = await openBlog(t, database)
    const ann = await user('ann')
    for (const path of ['/create', '/1/update']) {
      const { status, body } = await ann.post(path, { title: '', body: 'kept as it was sent' })
      assert.equal(status, 422)
      assert.ok(body.includes('Please give the post a title.'))
      assert.ok(body.includes('kept as it was sent'))
    }
    const posts = await db.run(() => Post.query().all())
    assert.deepEqual(
      posts.map(({ title, body }) => [title, body]),
      [['On furnaces', 'first\nsecond']],
    )
  })

  it('are deleted', async (t) => {
    const { db, user } = await openBlog(t, database)
    const { status, location } = await (await user('ann')).post('/1/delete')
    assert.deepEqual([status, location], [303, '/'])
    assert.equal(await db.run(() => db.session.get(Post, 1)), null)
  })
})
