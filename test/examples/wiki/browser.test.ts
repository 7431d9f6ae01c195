import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { launchBrowser, noBrowser, picturesOf } from '../support/browser.ts'
import { ATTACKS } from './attacks.ts'
import { PASSWORD, openWiki, type TestContext } from './support.ts'

const CONTENT = join(import.meta.dirname, '../../../examples/wiki/content')
const DESKTOP = { width: 1280, height: 900 }
const PHONE = { width: 390, height: 844 }

describe('the wiki in a browser', { skip: noBrowser }, () => {
  let browser: Browser
  before(async () => {
    browser = await launchBrowser()
  })
  after(() => browser?.close())

  /** A wiki with its first pages, and people in front of it. */
  async function open(
    t: TestContext,
  ): Promise<{ person(options?: BrowserContextOptions): Promise<Page> }> {
    const app = await openWiki(t, { seeds: [{ folder: CONTENT }] })
    const baseURL = await app.listen({ host: '127.0.0.1', port: 0 })
    const contexts: BrowserContext[] = []
    t.after(async () => {
      await Promise.all(contexts.map((context) => context.close()))
    })
    return {
      async person(options = {}) {
        const context = await browser.newContext({
          baseURL,
          viewport: DESKTOP,
          javaScriptEnabled: false,
          ...options,
        })
        context.setDefaultTimeout(15_000)
        contexts.push(context)
        return context.newPage()
      },
    }
  }

  async function logIn(page: Page): Promise<void> {
    await page.goto('/login')
    await page.getByLabel('Name').fill('admin')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('main').getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('button', { name: 'Log out' }).waitFor()
  }

  const heading = (page: Page) => page.getByRole('heading', { level: 1 }).innerText()
  const main = (page: Page) => page.getByRole('main').innerText()

  it('lets an editor write, tag, preview, edit, find and delete a page, without JavaScript', async (t) => {
    const page = await (await open(t)).person()
    await logIn(page)
    await page.getByRole('link', { name: 'New page' }).click()
    await page.getByLabel('Location').fill('furnaces/athanor')
    await page.getByLabel('Title').fill('The athanor')
    await page.getByLabel('Text').fill('A furnace with an **even** heat.')
    await page.getByLabel('Tags').fill('furnace, alchemy')
    await page.getByRole('button', { name: 'Preview' }).click()
    assert.equal(
      await page.getByRole('region', { name: 'Preview' }).locator('strong').innerText(),
      'even',
    )
    await page.getByRole('button', { name: 'Save' }).click()
    assert.equal(await heading(page), 'The athanor')
    assert.match(page.url(), /\/wiki\/furnaces\/athanor\?done=saved$/)
    assert.equal(await page.getByRole('status').innerText(), 'Your changes are saved.')

    await page.getByRole('link', { name: 'alchemy' }).click()
    assert.match(await main(page), /1 with this tag/)
    await page.getByRole('link', { name: 'The athanor' }).click()
    await page.getByRole('link', { name: 'Edit', exact: true }).click()
    await page.getByLabel('Text').fill('A furnace that burns unattended.')
    await page.getByLabel('What you changed').fill('said it better')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('link', { name: 'History' }).click()
    await page.getByRole('button', { name: 'Compare' }).click()
    assert.match(await main(page), /−\s+Removed:\s+A furnace with an \*\*even\*\* heat\./)

    await page.getByRole('searchbox').fill('unattended')
    await page.getByRole('search').getByRole('button', { name: 'Search' }).click()
    assert.equal(await page.locator('mark').first().innerText(), 'unattended')
    await page.getByRole('link', { name: 'The athanor' }).click()
    await page.getByRole('link', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Delete the page' }).click()
    assert.equal(await page.getByRole('status').innerText(), 'The page is deleted.')
    await page.goto('/wiki/furnaces/athanor')
    assert.match(await heading(page), /no page “Athanor” yet/)
  })

  it('shows both texts to the editor who was slower, and loses none', async (t) => {
    const wiki = await open(t)
    const [fast, slow] = [await wiki.person(), await wiki.person()]
    for (const page of [fast, slow]) {
      await logIn(page)
      await page.goto('/edit/sandbox')
    }
    await fast.getByLabel('Text').fill('Written by the fast one.')
    await fast.getByRole('button', { name: 'Save' }).click()
    await slow.getByLabel('Text').fill('Written by the slow one.')
    await slow.getByRole('button', { name: 'Save' }).click()
    assert.equal(await heading(slow), 'Somebody was faster')
    assert.match(await main(slow), /Written by the fast one\.[\s\S]*Written by the slow one\./)
    assert.equal(await slow.getByLabel('Text').inputValue(), 'Written by the slow one.')
    await slow.getByLabel('Text').fill('Written by both.')
    await slow.getByRole('button', { name: 'Save' }).click()
    assert.match(await main(slow), /Version 3[\s\S]*Written by both\./)
  })

  it('lets readers comment and answer', async (t) => {
    const page = await (await open(t)).person()
    await page.goto('/wiki/sandbox')
    await page.getByLabel('Your name').fill('Ada')
    await page.getByLabel('Your comment').fill('What a *fine* box')
    await page.getByRole('button', { name: 'Publish' }).click()
    assert.equal(await page.locator('.comment em').innerText(), 'fine')
    await page.locator('summary').click()
    const answer = page.locator('details[open]')
    await answer.getByLabel('Your name').fill('Ben')
    await answer.getByLabel('Your comment').fill('So it is')
    await answer.getByRole('button', { name: 'Publish the answer' }).click()
    assert.match(await page.locator('.depth-1').innerText(), /Ben in answer to Ada/)
  })

  it('keeps a text that was not accepted, and leads to what is wrong', async (t) => {
    const page = await (await open(t)).person()
    await logIn(page)
    await page.goto('/new')
    await page.getByLabel('Location').fill('../outside')
    await page.getByLabel('Title').fill('Kept')
    await page.getByLabel('Text').fill('Kept as well')
    await page.getByRole('button', { name: 'Save' }).click()
    assert.equal(await page.getByLabel('Title').inputValue(), 'Kept')
    assert.equal(await page.getByLabel('Text').inputValue(), 'Kept as well')
    await page.getByRole('alert').getByRole('link').click()
    assert.equal(await page.locator(':focus, :target').first().getAttribute('id'), 'field:location')
  })

  it('can be used with the keyboard alone', async (t) => {
    const page = await (await open(t)).person()
    const focused = (what: string) =>
      page.evaluate<unknown>(`((element) => ${what})(document.activeElement)`)
    /** Presses Tab until the field of this name has the focus. */
    const tabTo = async (name: string, value?: string) => {
      for (let n = 0; n < 40; n++) {
        if ((await focused('element.name')) === name && value === undefined) return
        if (value !== undefined && (await focused('element.value')) === value) return
        await page.keyboard.press('Tab')
      }
      assert.fail(`no Tab leads to ${name}`)
    }
    await page.goto('/')
    await page.keyboard.press('Tab')
    assert.equal(await focused('element.innerText'), 'Skip to the content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    assert.equal(await focused("element.closest('main') !== null"), true)

    await page.goto('/login')
    await tabTo('name')
    await page.keyboard.type('admin')
    await page.keyboard.press('Tab')
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Log out' }).waitFor()

    await page.goto('/edit/sandbox')
    await tabTo('body')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('Typed with keys only.')
    await tabTo('action', 'save')
    assert.equal(await focused('getComputedStyle(element).outlineStyle'), 'solid')
    await page.keyboard.press('Enter')
    await page.waitForURL(/done=saved$/)
    assert.match(await main(page), /Typed with keys only\./)
  })

  it('runs no script of a text, even with JavaScript on', async (t) => {
    const page = await (await open(t)).person({ javaScriptEnabled: true })
    const happened: string[] = []
    page.on('dialog', (dialog) => {
      happened.push(dialog.message())
      void dialog.dismiss()
    })
    await logIn(page)
    await page.goto('/edit/attacked')
    await page.getByLabel('Text').fill(ATTACKS.join('\n\n'))
    await page.getByLabel('Title').fill('<img src=x onerror=alert(1)>')
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('.prose').hover()
    assert.equal(
      await page
        .locator('main script, main iframe, main svg, main [onerror], main [onload]')
        .count(),
      0,
    )
    assert.deepEqual(happened, [])
  })

  describe('fits its window', () => {
    const paths = {
      front: '/',
      article: '/wiki/help/writing',
      missing: '/wiki/not/there',
      pages: '/pages',
      tags: '/tags',
      recent: '/recent',
      search: '/search?q=page',
      login: '/login',
      new: '/new',
      edit: '/edit/help/writing',
      history: '/history/help/writing',
      diff: '/diff/help/writing?from=1&to=2',
      delete: '/delete/help/writing',
      wide: '/wiki/wide',
      nowhere: '/nowhere',
    }
    for (const [name, viewport, colorScheme] of [
      ['desktop', DESKTOP, 'light'],
      ['phone', PHONE, 'light'],
      ['phone-dark', PHONE, 'dark'],
    ] as const) {
      it(`on a ${name}: nothing is wider than it, nothing is blocked, pictures are kept`, async (t) => {
        const folder = join(picturesOf('wiki'), name)
        await mkdir(folder, { recursive: true })
        const page = await (
          await open(t)
        ).person({ viewport, colorScheme, javaScriptEnabled: true })
        const complaints: string[] = []
        page.on('console', (message) => complaints.push(message.text()))
        await logIn(page)
        await prepare(page)
        for (const [title, path] of Object.entries(paths)) {
          await page.goto(path)
          await page.screenshot({ path: join(folder, `${title}.png`), fullPage: true })
          const width = await page.evaluate<number>('document.documentElement.scrollWidth')
          assert.ok(width <= viewport.width, `${path} is ${width} wide`)
        }
        assert.deepEqual(
          complaints.filter((text) => !text.includes('404')),
          [],
        )
        t.diagnostic(`pictures: ${folder}`)
      })
    }
  })

  /** A second version, a conversation, and a page with everything that could be too wide. */
  async function prepare(page: Page): Promise<void> {
    await page.goto('/edit/help/writing')
    await page
      .getByLabel('Text')
      .fill((await page.getByLabel('Text').inputValue()).replace('hyphen', 'dash'))
    await page.getByRole('button', { name: 'Save' }).click()
    for (const text of ['A comment with `code`', 'Another one']) {
      await page.getByLabel('Your comment').last().fill(text)
      await page.getByRole('button', { name: 'Publish', exact: true }).click()
    }
    await page.goto('/edit/wide')
    const word = 'unbreakable'.repeat(20)
    await page.getByLabel('Title').fill(word.slice(0, 150))
    await page
      .getByLabel('Text')
      .fill(
        `${word}\n\n\`${word}\`\n\n    ${word}\n\n| a | b |\n| - | - |\n| ${word} | ${word} |\n\n- https://example.org/${word}`,
      )
    await page.getByLabel('Tags').fill(`${'tag'.repeat(13)}, a, b`)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/done=saved$/)
  }
})
