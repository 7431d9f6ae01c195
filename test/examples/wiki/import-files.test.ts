import assert from 'node:assert/strict'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { readFolder } from '../../../examples/wiki/services/import/read-folder.ts'
import { rewriteLinks } from '../../../examples/wiki/services/import/rewrite-links.ts'
import {
  locationOfFile,
  readSourceFile,
} from '../../../examples/wiki/services/import/source-file.ts'
import { temporaryFolder } from './support.ts'

describe('where a file goes', () => {
  const files = [
    ['errors.md', '', 'errors'],
    ['guides/testing.md', 'docs', 'docs/guides/testing'],
    ['README.md', '', 'home'],
    ['README.md', 'docs', 'docs'],
    ['guides/index.md', 'docs', 'docs/guides'],
    ['1. First steps (draft).markdown', '', '1.-First-steps-draft'],
    ['_private/-x.md', '', 'private/x'],
    ['关于/事务.md', '', '关于/事务'],
  ] as const
  for (const [path, under, location] of files)
    it(`${path} under "${under}" goes to ${location}`, () =>
      assert.equal(locationOfFile(path, under), location))

  it('is nowhere when nothing of the name is readable', () =>
    assert.equal(locationOfFile('(…)/x.md', ''), undefined))
})

describe('what a file says', () => {
  it('has its title from the first heading, which leaves the body', () => {
    assert.deepEqual(readSourceFile('\uFEFF# The `x` of [y](z.md) #\r\n\r\nText\r\n', 'a'), {
      title: 'The x of y',
      body: 'Text',
      tags: [],
    })
  })

  it('has title and tags from front matter', () => {
    const page = readSourceFile(
      '---\ntitle: "A: b"\ntags: [one, "two"]\nlayout: home\n---\n\nText\n\n# Not the title\n',
      'a',
    )
    assert.deepEqual(page, { title: 'A: b', body: 'Text\n\n# Not the title', tags: ['one', 'two'] })
  })

  it('has its title from the location when it names none', () => {
    assert.deepEqual(readSourceFile('Text', 'guides/unit-of-work'), {
      title: 'Unit of work',
      body: 'Text',
      tags: [],
    })
  })
})

describe('relative links', () => {
  const locations = new Map([
    ['errors.md', 'docs/errors'],
    ['guides/index.md', 'docs/guides'],
    ['guides/a b.md', 'docs/guides/a-b'],
  ])
  const links = [
    ['[e](errors.md#X "t")', 'README.md', '[e](/wiki/docs/errors#X "t")'],
    ['[e](../errors)', 'guides/index.md', '[e](/wiki/docs/errors)'],
    ['[g](./guides/) [g](guides)', 'README.md', '[g](/wiki/docs/guides) [g](/wiki/docs/guides)'],
    ['[`a` [b]](<a%20b.md>)', 'guides/index.md', '[`a` [b]](/wiki/docs/guides/a-b)'],
    ['[e]: errors.md', 'README.md', '[e]: /wiki/docs/errors'],
    ['[s](../src/x.ts) ![p](p.png)', 'README.md', 's p'],
    [
      '[a](https://b/c.md) [a](/x.md) [a](#x) [a](mailto:a@b)',
      'README.md',
      '[a](https://b/c.md) [a](/x.md) [a](#x) [a](mailto:a@b)',
    ],
    [
      '`[e](errors.md)` ``[e](errors.md) ` ``',
      'README.md',
      '`[e](errors.md)` ``[e](errors.md) ` ``',
    ],
    [
      '```md\n[e](errors.md)\n```\n[e](errors.md)',
      'README.md',
      '```md\n[e](errors.md)\n```\n[e](/wiki/docs/errors)',
    ],
    ['~~~\n[e]: errors.md', 'README.md', '~~~\n[e]: errors.md'],
  ] as const
  for (const [text, file, expected] of links)
    it(`${JSON.stringify(text)} becomes ${JSON.stringify(expected)}`, () =>
      assert.equal(rewriteLinks(text, file, locations), expected))
})

describe('a folder', () => {
  it('gives its Markdown in order, and says which file it could not read', async (t) => {
    const folder = await temporaryFolder(t)
    await mkdir(join(folder, 'b/.hidden'), { recursive: true })
    await mkdir(join(folder, 'node_modules/x'), { recursive: true })
    for (const path of ['c.md', 'b/a.MD', 'b/.hidden/x.md', 'node_modules/x/readme.md', 'd.txt'])
      await writeFile(join(folder, path), path)
    await writeFile(join(folder, 'latin.md'), Buffer.from([0xe4, 0xf6]))
    await symlink('/etc/passwd', join(folder, 'link.md'))
    const { files, skipped } = await readFolder(folder)
    assert.deepEqual(files, [
      { path: 'b/a.MD', text: 'b/a.MD' },
      { path: 'c.md', text: 'c.md' },
    ])
    assert.deepEqual(skipped, [{ file: 'latin.md', reason: 'it is not UTF-8 text' }])
  })
})
