import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { databases } from '../../support/databases.ts'
import { noBrowser, openPage, picturesOf } from '../support/browser.ts'
import { openList } from './support.ts'

describe('the todo list in a browser', { skip: noBrowser }, () => {
  it('takes items and marks them as done, without JavaScript', async (t) => {
    const [database] = databases()
    if (database === undefined) return
    const { visitor } = await openList(t, database)
    const page = await openPage(t, visitor.base)
    const picture = (name: string) =>
      page.screenshot({ path: join(picturesOf('todo'), `${name}.png`), fullPage: true })

    await page.goto('/')
    for (const title of ['Shop', 'Cook']) {
      await page.getByRole('link', { name: 'Add something' }).click()
      await page.getByLabel('Title').fill(title)
      await page.getByLabel('What is to be done').fill(`Everything that ${title} means.`)
      if (title === 'Cook') await picture('new')
      await page.getByRole('button', { name: 'Add' }).click()
      assert.equal(await page.getByRole('status').innerText(), 'It is on the list.')
    }
    await page.getByRole('checkbox', { name: 'Shop' }).check()
    await page.getByRole('button', { name: 'Save' }).click()
    assert.equal(await page.getByRole('status').innerText(), 'The list is saved.')
    assert.equal(await page.getByRole('checkbox', { name: 'Shop' }).isChecked(), true)
    assert.equal(await page.getByRole('checkbox', { name: 'Cook' }).isChecked(), false)
    await picture('list')
  })
})
