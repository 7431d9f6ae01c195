import assert from 'node:assert/strict'
import { it } from 'node:test'
import { User } from '../../../examples/blog/models.ts'
import { describeOnEveryDatabase } from '../support/on-every-database.ts'
import { Visitor } from '../support/visitor.ts'
import { openBlog } from './support.ts'

describeOnEveryDatabase('the accounts of the blog', (database) => {
  it('are made by registering, and then log in', async (t) => {
    const { db, visitor } = await openBlog(t, database)
    assert.equal((await visitor.get('/auth/register')).status, 200)
    const { status, location } = await visitor.post('/auth/register', { name: 'a', password: 'b' })
    assert.deepEqual([status, location], [303, '/auth/login'])
    const user = await db.run(() => User.query().where({ name: 'a' }).one())
    assert.match(user.passwordHash, /^scrypt\$/)
    assert.equal((await visitor.post('/auth/login', { name: 'a', password: 'b' })).location, '/')
  })

  it('need a name that is free and not too long, and a password', async (t) => {
    const { db, visitor } = await openBlog(t, database)
    for (const [name, password, problem] of [
      ['', '', 'Please choose a name.'],
      ['  ', 'a', 'Please choose a name.'],
      ['a'.repeat(81), 'a', 'at most 80 characters'],
      ['a', '', 'Please choose a password.'],
      ['ann', 'x', 'The name ann is taken.'],
      ['<b>', '', 'value="&lt;b&gt;"'],
    ] as const) {
      const { status, body } = await visitor.post('/auth/register', { name, password })
      assert.equal(status, 422, name)
      assert.ok(body.includes(problem), `${name}: ${body}`)
    }
    const { status } = await visitor.send('/auth/register', { method: 'POST' })
    assert.equal(status, 422, 'a request without a form')
    assert.equal(await db.run(() => User.query().count()), 2)
  })

  it('of one name, asked for at once, are one', async (t) => {
    const { db, visitor } = await openBlog(t, database)
    const register = () => visitor.post('/auth/register', { name: 'same', password: 'a' })
    const answers = await Promise.all([register(), register(), register()])
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b)
    assert.deepEqual(statuses, [303, 422, 422])
    assert.equal(await db.run(() => User.query().where({ name: 'same' }).count()), 1)
  })

  it('are remembered from the login to the logout', async (t) => {
    const { visitor } = await openBlog(t, database)
    assert.equal((await visitor.get('/auth/login')).status, 200)
    const login = await visitor.post('/auth/login', { name: 'ann', password: 'ann' })
    assert.deepEqual([login.status, login.location], [303, '/'])
    const [cookie = ''] = login.headers.getSetCookie()
    assert.match(cookie, /; HttpOnly; SameSite=Lax$/)
    const [id] = [...visitor.cookies.values()].map((value) => value.split('.')[0])
    assert.equal(id, '1')
    assert.match((await visitor.get('/')).body, /<span class="soft">ann<\/span>/)
    const logout = await visitor.post('/auth/logout')
    assert.deepEqual([logout.status, logout.location], [303, '/'])
    assert.equal(visitor.cookies.size, 0)
    assert.match((await visitor.get('/')).body, /Log in/)
  })

  it('are not entered with a wrong name or password', async (t) => {
    const { visitor } = await openBlog(t, database)
    for (const [name, password, problem] of [
      ['nobody', 'ann', 'Nobody has this name.'],
      ['ann', 'ben', 'The password is another one.'],
      ['ann', '', 'The password is another one.'],
    ] as const) {
      const { status, body } = await visitor.post('/auth/login', { name, password })
      assert.equal(status, 422)
      assert.ok(body.includes(problem), body)
    }
    assert.equal(visitor.cookies.size, 0)
  })

  it('are not entered with a cookie that was changed, or of somebody who is gone', async (t) => {
    const { db, base, user } = await openBlog(t, database)
    const ben = await user('ben')
    const [[name, value] = ['', '']] = ben.cookies
    const isIn = async (cookie: string) => {
      const visitor = new Visitor(base)
      visitor.cookies.set(name, cookie)
      return (await visitor.get('/create')).status === 200
    }
    assert.equal(await isIn(value), true)
    const [, end, signature] = value.split('.')
    for (const forged of [`1.${end}.${signature}`, `2.${Number(end) + 1}.${signature}`, '2', '..'])
      assert.equal(await isIn(forged), false, forged)
    await db.run(() => db.session.deleteFrom(User).where({ name: 'ben' }), { commit: 'onSuccess' })
    assert.equal(await isIn(value), false)
  })
})
