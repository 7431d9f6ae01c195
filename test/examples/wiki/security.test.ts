import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { activeMarkup } from './active-markup.ts'
import { ATTACKS } from './attacks.ts'
import { Visitor, editorOf, openWiki } from './support.ts'

describe('text that tries to act', () => {
  it('is text in title, body, tags, summary and comments, on every page that shows it', async (t) => {
    const app = await openWiki(t)
    const editor = await editorOf(app)
    for (const [n, attack] of ATTACKS.entries()) {
      const tags = attack.replaceAll(',', ' ').slice(0, 40)
      const saved = await editor.save(`p/${n}`, {
        title: attack,
        body: attack,
        tags,
        summary: attack,
      })
      assert.equal(saved.statusCode, 303, attack)
      await editor.save(`p/${n}`, {
        title: attack,
        body: `${attack}\n\nmore`,
        tags,
        summary: attack,
        version: '1',
      })
      await editor.save(`p/${n}`, { title: attack, body: attack, tags, version: '1' }) // a conflict
      const visitor = new Visitor(app)
      await visitor.get(`/wiki/p/${n}`)
      await visitor.post('/comments', {
        page: String(n + 1),
        name: attack.slice(0, 60),
        body: attack,
      })
      const paths = [
        `/wiki/p/${n}`,
        `/edit/p/${n}`,
        `/history/p/${n}`,
        `/history/p/${n}?version=1`,
        `/diff/p/${n}?from=1&to=2`,
        `/delete/p/${n}`,
        `/pages/list/${encodeURIComponent(tags.trim())}`,
      ]
      for (const path of paths)
        assert.deepEqual(activeMarkup((await editor.get(path)).body), [], `${path}: ${attack}`)
    }
    for (const path of [
      '/pages',
      '/pages?page=2',
      '/recent',
      '/recent?page=2',
      '/recent?page=3',
      '/tags',
    ])
      assert.deepEqual(activeMarkup((await editor.get(path)).body), [], path)
  })

  it('is text in forms that come back: previews, problems and conflicts', async (t) => {
    const app = await openWiki(t)
    const editor = await editorOf(app)
    await editor.save('a')
    await editor.save('a', { body: 'newer', version: '1' })
    for (const attack of ATTACKS) {
      const form = { title: attack, body: attack, tags: attack, summary: attack }
      for (const more of [
        { action: 'preview' },
        { version: '1' },
        { title: '' },
        { location: attack },
        { version: attack },
      ]) {
        const answer = await editor.save('a', { ...form, ...more })
        assert.notEqual(answer.statusCode, 500)
        assert.deepEqual(activeMarkup(answer.body), [], attack)
      }
      const comment = await new Visitor(app)
        .get('/wiki/a')
        .then(() => editor.post('/comments', { page: '1', body: '', name: attack }))
      assert.deepEqual(activeMarkup(comment.body), [], attack)
    }
  })

  it('is text in addresses: search, login, locations, tags and notices', async (t) => {
    const app = await openWiki(t)
    for (const attack of ATTACKS) {
      const text = encodeURIComponent(attack)
      for (const path of [
        `/search?q=${text}`,
        `/login?next=${text}`,
        `/login?next=/${text}`,
        `/wiki/${text}`,
        `/pages/list/${text}`,
        `/?done=${text}`,
        `/history/${text}`,
        `/nowhere/${text}`,
        `/diff/a?from=${text}`,
      ]) {
        const answer = await app.inject(path)
        assert.ok(answer.statusCode < 500, `${answer.statusCode} ${path}`)
        if (answer.body.includes('<main')) assert.deepEqual(activeMarkup(answer.body), [], path)
      }
    }
  })

  it('could do nothing anyway: every answer forbids script, framing and guessing of types', async (t) => {
    const app = await openWiki(t)
    for (const path of [
      '/',
      '/pages',
      '/nowhere',
      '/wiki/..%2f..%2fetc',
      '/static/wiki.css',
      '/%',
    ]) {
      const { headers } = await app.inject(path)
      assert.match(
        String(headers['content-security-policy']),
        /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/,
        path,
      )
      assert.doesNotMatch(String(headers['content-security-policy']), /unsafe|script-src/)
      assert.equal(headers['x-content-type-options'], 'nosniff', path)
    }
  })
})

describe('a form of another site', () => {
  const forms = {
    '/pages/save': { location: 'a', title: 'A', body: 'stolen text', version: '0' },
    '/pages/delete': { location: 'a', version: '1' },
    '/comments': { page: '1', body: 'b' },
    '/logout': {},
    '/login': { name: 'admin' },
  }

  it('is refused without a token, with a made-up one, and with one of another visitor', async (t) => {
    const app = await openWiki(t)
    const editor = await editorOf(app)
    const stranger = new Visitor(app)
    const foreign =
      /name="_csrf" value="([^"]+)"/.exec((await stranger.get('/login')).markup)?.[1] ?? ''
    assert.notEqual(foreign, '')
    for (const [path, form] of Object.entries(forms)) {
      for (const token of ['', 'made-up', foreign, '__proto__']) {
        const answer = await editor.post(path, { ...form, _csrf: token })
        assert.equal(answer.statusCode, 403, path)
        assert.match(answer.markup, /This form is out of date/)
      }
    }
    assert.equal((await editor.get('/wiki/a')).statusCode, 404)
    assert.equal((await editor.get('/new')).statusCode, 200) // still logged in
  })

  it('is refused with a token from before the login, and the text is shown again', async (t) => {
    const app = await openWiki(t)
    const visitor = new Visitor(app)
    const early =
      /name="_csrf" value="([^"]+)"/.exec((await visitor.get('/login')).markup)?.[1] ?? ''
    await visitor.logIn()
    const answer = await visitor.post('/pages/save', { ...forms['/pages/save'], _csrf: early })
    assert.equal(answer.statusCode, 403)
    assert.match(answer.body, /<textarea [^>]*readonly[^>]*>\nstolen text<\/textarea>/)
  })

  it('is refused when its token is given twice, or the body is no form', async (t) => {
    const editor = await editorOf(await openWiki(t))
    assert.equal(
      (await editor.postRaw('/pages/save', '_csrf=a&_csrf=b&location=a')).statusCode,
      403,
    )
    assert.equal(
      (await editor.postRaw('/pages/save', '{"_csrf":"x"}', 'application/json')).statusCode,
      403,
    )
    assert.equal((await editor.postRaw('/pages/save', 'x', 'text/html')).statusCode, 415)
  })
})

describe('paths', () => {
  it('lead to no file outside the public folder', async (t) => {
    const app = await openWiki(t)
    for (const path of [
      '/static/../app.ts',
      '/static/..%2fapp.ts',
      '/static/%2e%2e/app.ts',
      '/static/..\\app.ts',
      '/static/%5c..%5capp.ts',
      '/static//etc/passwd',
      '/static/.gitignore',
      '/static/',
    ]) {
      const answer = await app.inject(path)
      assert.ok([400, 403, 404].includes(answer.statusCode), `${answer.statusCode} ${path}`)
      assert.doesNotMatch(answer.body, /import |root:/)
    }
    assert.equal((await app.inject('/static/wiki.css')).statusCode, 200)
  })

  it('are no pages when they are no locations', async (t) => {
    const app = await openWiki(t)
    for (const path of [
      '/wiki/..%2f..%2fetc%2fpasswd',
      '/wiki/.git',
      '/wiki/a%00b',
      `/wiki/${'x'.repeat(300)}`,
      '/edit/..%2fx',
      '/history/..%2fx',
      '/wiki/%ff%fe',
    ]) {
      assert.ok([303, 400, 404].includes((await app.inject(path)).statusCode), path)
    }
  })
})
