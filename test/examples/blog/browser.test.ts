import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { databases } from '../../support/databases.ts'
import { noBrowser, openPage, picturesOf } from '../support/browser.ts'
import { openBlog } from './support.ts'

describe('the blog in a browser', { skip: noBrowser }, () => {
  it('lets somebody register, log in, write, edit and delete, without JavaScript', async (t) => {
    const [database] = databases()
    if (database === undefined) return
    const { base } = await openBlog(t, database)
    const page = await openPage(t, base)
    const picture = (name: string) =>
      page.screenshot({ path: join(picturesOf('blog'), `${name}.png`), fullPage: true })

    await page.goto('/')
    await page.getByRole('link', { name: 'Register' }).click()
    await page.getByLabel('Name').fill('cleo')
    await page.getByLabel('Password').fill('a secret')
    await picture('register')
    await page.getByRole('button', { name: 'Register' }).click()

    await page.getByLabel('Name').fill('cleo')
    await page.getByLabel('Password').fill('another')
    await page.getByRole('button', { name: 'Log in' }).click()
    assert.equal(await page.getByRole('alert').innerText(), 'The password is another one.')
    await picture('wrong-password')
    await page.getByLabel('Password').fill('a secret')
    await page.getByRole('button', { name: 'Log in' }).click()

    await page.getByRole('link', { name: 'New post' }).click()
    await page.getByLabel('Title').fill('Even heat')
    await page.getByLabel('Text').fill('A furnace <b>burns</b>.\n\nUnattended.')
    await picture('new-post')
    await page.getByRole('button', { name: 'Save' }).click()
    const posts = page.getByRole('article')
    await posts.first().waitFor()
    await page.waitForLoadState() // line breaks are the style sheet's
    assert.match(await posts.first().innerText(), /Even heat[^]*cleo[^]*<b>burns<\/b>\.\n\nUnatt/)
    await picture('posts')

    await page.getByRole('link', { name: 'Edit' }).click()
    await page.getByLabel('Title').fill('Steady heat')
    await page.getByRole('button', { name: 'Save' }).click()
    assert.match(await posts.first().innerText(), /Steady heat/)
    await page.getByRole('link', { name: 'Edit' }).click()
    await picture('edit-post')
    await page.getByRole('button', { name: 'Delete this post' }).click()
    await posts.first().waitFor()
    assert.equal(await posts.count(), 1)
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByRole('link', { name: 'Log in' }).waitFor()
  })
})
