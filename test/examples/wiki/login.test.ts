import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createPassword, hashPassword, verifyPassword } from '../../../examples/shared/passwords.ts'
import { PASSWORD, Visitor, describeOnEveryDatabase, editorOf, readable } from './support.ts'

describeOnEveryDatabase('the login', (openWiki) => {
  it('lets the admin in, by a cookie that scripts and other sites do not get', async (t) => {
    const visitor = new Visitor(await openWiki(t))
    const page = await visitor.get('/login?next=%2Fnew')
    assert.match(
      readable(page.body),
      /The first start makes one editor, admin, and shows the password in the terminal/,
    )
    const answer = await visitor.post('/login', { name: 'admin', password: PASSWORD, next: '/new' })
    assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/new'])
    const cookie = answer.cookies.find(({ name }) => name === 'wiki_login')
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.path], [true, 'Lax', '/'])
    assert.equal((await visitor.get('/new')).statusCode, 200)
  })

  it('is kept to HTTPS where the wiki is', async (t) => {
    const visitor = new Visitor(await openWiki(t, { secureCookies: true }))
    const cookies = [
      await visitor.get('/login'),
      await visitor.post('/login', { name: 'admin', password: PASSWORD, next: '/' }),
    ].flatMap((answer) => answer.cookies)
    assert.deepEqual(
      cookies.map(({ name, secure }) => [name, secure]),
      [
        ['wiki_form', true],
        ['wiki_login', true],
      ],
    )
  })

  it('refuses a wrong name and a wrong password alike', async (t) => {
    const visitor = new Visitor(await openWiki(t))
    await visitor.get('/login')
    for (const [name, password] of [
      ['admin', 'wrong'],
      ['nobody', PASSWORD],
      ['', ''],
      ['admin', ''],
    ] as const) {
      const answer = await visitor.post('/login', { name, password, next: '/' })
      assert.equal(answer.statusCode, 422)
      assert.match(readable(answer.body), /Name or password is wrong/)
      assert.doesNotMatch(answer.markup, /value="wrong"/)
    }
    assert.equal((await visitor.get('/new')).statusCode, 303)
  })

  it('leads only to pages of this wiki', async (t) => {
    const app = await openWiki(t)
    const expected = {
      '/pages?page=2': '/pages?page=2',
      'https://evil.example/': '/',
      '//evil.example': '/',
      '/\\evil.example': '/',
      '\\\\evil': '/',
      'javascript:alert(1)': '/',
      '': '/',
      '/\t/evil.example': '/',
    }
    for (const [next, location] of Object.entries(expected)) {
      const visitor = new Visitor(app)
      await visitor.get('/login')
      assert.equal(
        (await visitor.post('/login', { name: 'admin', password: PASSWORD, next })).headers
          .location,
        location,
        next,
      )
    }
  })

  it('ends when the editor logs out', async (t) => {
    const editor = await editorOf(await openWiki(t))
    assert.equal((await editor.post('/logout', {})).headers.location, '/?done=out')
    assert.equal((await editor.get('/new')).statusCode, 303)
  })

  it('takes no cookie that it did not sign, and none of an old password', async (t) => {
    const app = await openWiki(t)
    for (const cookie of ['1.9999999999999.x', `1.${Date.now()}.x.AAAA`, '', '%', 's:1']) {
      const answer = await app.inject({ url: '/new', cookies: { wiki_login: cookie } })
      assert.equal(answer.statusCode, 303, cookie)
    }
    const editor = await editorOf(app)
    assert.equal((await editor.get('/new')).statusCode, 200)
    await app.wiki.db.run(
      async ({ session }) => {
        const { User } = await import('../../../examples/wiki/models/index.ts')
        const admin = await session.select(User).one()
        admin.passwordHash = await hashPassword('another')
      },
      { commit: 'onSuccess' },
    )
    assert.equal((await editor.get('/new')).statusCode, 303)
  })
})

describe('passwords', () => {
  it('are verified against their hash, which never repeats', async () => {
    const [one, two] = [await hashPassword('secret'), await hashPassword('secret')]
    assert.notEqual(one, two)
    assert.equal(await verifyPassword('secret', one), true)
    assert.equal(await verifyPassword('Secret', one), false)
    for (const hash of [undefined, '', 'x$y$z', 'scrypt$32768$8$1$$'])
      assert.equal(await verifyPassword('secret', hash), false)
  })

  it('that are made have four groups of readable signs', () =>
    assert.match(createPassword(), /^([a-z2-9]{5}-){3}[a-z2-9]{5}$/))
})
