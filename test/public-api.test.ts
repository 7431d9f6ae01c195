import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import { formatNames, packageEntries, readPublicApi, REVIEWED } from '../tools/public-api.ts'
import type { PublicApi } from '../tools/public-api.ts'

describe('the public API', () => {
  let api: PublicApi

  before(() => {
    api = readPublicApi(packageEntries())
  })

  it('exports exactly the reviewed names; after a review: npm run public-api -- --write', () => {
    assert.equal(formatNames(api.names), readFileSync(REVIEWED, 'utf8'))
  })

  it('exports at run time what the types promise, and nothing else', async () => {
    for (const [subpath, names] of Object.entries(api.names)) {
      const values = names
        .map((name) => name.split(' '))
        .filter(([kind]) => kind === 'class' || kind === 'function' || kind === 'const')
      const module: object = await import(subpath)
      assert.deepEqual(Object.keys(module).toSorted(), values.map(([, name]) => name).toSorted())
    }
  })

  it('has a doc comment on every name and member that users can reach', () => {
    assert.ok(api.seen > 200, `the check must have followed the exports, saw ${api.seen} names`)
    assert.deepEqual(api.undocumented, [])
  })
})

describe('the check of doc comments', () => {
  it('finds planted names and members without one, inherited ones included', () => {
    const { names, undocumented } = readPublicApi({ planted: 'test/planted/api/index.ts' })
    assert.deepEqual(names, {
      planted: [
        'class Derived',
        'class Documented',
        'const undocumented',
        'interface Extended',
        'type Options',
      ],
    })
    assert.deepEqual(undocumented, [
      'Base.inherited (test/planted/api/base.ts:2)',
      'Documented.bad (test/planted/api/index.ts:7)',
      'Documented.worse (test/planted/api/index.ts:8)',
      'Options.size (test/planted/api/index.ts:34)',
      'undocumented (test/planted/api/index.ts:32)',
    ])
  })
})
