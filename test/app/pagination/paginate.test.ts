import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ArgumentError, NotFoundError } from '../../../src/errors/index.ts'
import { iterPages } from '../../../src/app/pagination/iter-pages.ts'
import { paginate, type PageQuery } from '../../../src/app/pagination/index.ts'
import type { IterPagesOptions, Page, PageSource, PaginateOptions } from '../../../src/orm/index.ts'

/** Rows 1 to `size`, and what was asked of them. */
class Numbers implements PageSource<number> {
  readonly label = 'numbers'
  readonly isOrdered = true
  readonly asked: string[] = []
  readonly #size: number

  constructor(size: number) {
    this.#size = size
  }

  async rows(limit: number, offset: number): Promise<number[]> {
    this.asked.push(`rows ${limit} ${offset}`)
    return Array.from(
      { length: Math.max(0, Math.min(limit, this.#size - offset)) },
      (_, i) => offset + i + 1,
    )
  }

  async countedRows(limit: number, offset: number) {
    const rows = await this.rows(limit, offset)
    return { rows, total: rows.length === 0 ? null : this.#size }
  }

  async count(): Promise<number> {
    this.asked.push('count')
    return this.#size
  }
}

const pageOf = (options?: PaginateOptions, query?: PageQuery, size = 250): Promise<Page<number>> =>
  paginate(new Numbers(size), options, query)
const numbers = async (
  options?: PaginateOptions,
  query?: PageQuery,
): Promise<readonly number[]> => {
  const page = await pageOf(options, query)
  return [page.page, page.perPage]
}
const notFound = { name: 'NotFoundError', code: 'NOT_FOUND', statusCode: 404 }

describe('paginate', () => {
  // web 67
  it('takes the program’s numbers before the client’s and those before 1 and 20', async () => {
    assert.deepEqual(await numbers(), [1, 20])
    assert.deepEqual(await numbers({}, { page: '3', perPage: '10' }), [3, 10])
    assert.deepEqual(await numbers({ page: 2 }, { page: '3', perPage: '10' }), [2, 10])
    assert.deepEqual(await numbers({}, { page: ['4', '5'], perPage: ['7', 'x'] }), [4, 7])
    assert.deepEqual(await numbers({}, { page: 6 }), [6, 20], 'a schema has made a number of it')
  })

  // web 68
  // web 69
  it('takes digits for a number and nothing else', async () => {
    for (const text of [
      'abc',
      '',
      '2.5',
      '1e3',
      '0x2',
      '+2',
      ' 2 ',
      '1_0',
      '١',
      '-1',
      '99999999999999999999',
    ]) {
      assert.deepEqual(await numbers({}, { page: text, perPage: text }), [1, 20], text)
      await assert.rejects(numbers({ errorOut: true }, { page: text }), notFound, text)
      await assert.rejects(numbers({ errorOut: true }, { perPage: text }), notFound, text)
    }
    assert.deepEqual(await numbers({}, { page: { nested: '1' } }), [1, 20])
  })

  // web 70
  it('takes numbers below one, and what is no whole number, for the default or a 404', async () => {
    for (const number of [0, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY, 1e21]) {
      assert.deepEqual(await numbers({ page: number, perPage: number }), [1, 20], String(number))
      await assert.rejects(numbers({ page: number, errorOut: true }), notFound, String(number))
      await assert.rejects(numbers({ perPage: number, errorOut: true }), notFound, String(number))
    }
    await assert.rejects(pageOf({ page: '2' as unknown as number }), ArgumentError)
    await assert.rejects(pageOf({ perPage: null as unknown as number }), ArgumentError)
  })

  // web 71
  it('holds caller and client to maxPerPage', async () => {
    assert.equal((await pageOf({}, { perPage: '100000' })).items.length, 100)
    assert.equal((await pageOf({ perPage: 100_000 })).items.length, 100)
    assert.equal((await pageOf({ perPage: 30, maxPerPage: 25 })).items.length, 25)
    assert.equal((await pageOf({ maxPerPage: 5 })).perPage, 5)
    assert.equal((await pageOf({ perPage: 200, maxPerPage: null })).items.length, 200)
    for (const maxPerPage of [0, -1, 1.5])
      await assert.rejects(pageOf({ maxPerPage }), ArgumentError)
  })

  // web 72
  it('gives an empty page its number, or a 404; an empty first page is a page', async () => {
    const far = await pageOf({ page: 99 })
    assert.deepEqual(far.toJSON(), {
      items: [],
      page: 99,
      perPage: 20,
      maxPerPage: 100,
      total: 250,
      pages: 13,
      first: 0,
      last: 0,
      hasPrev: true,
      prevNum: 98,
      hasNext: false,
      nextNum: null,
    })
    await assert.rejects(pageOf({ page: 99, errorOut: true }), NotFoundError)
    const empty = await pageOf({ errorOut: true }, {}, 0)
    assert.deepEqual(
      [empty.items.length, empty.total, empty.pages, empty.first, empty.last],
      [0, 0, 0, 0, 0],
    )
  })

  // web 73
  it('tells the numbers of a page and iterates its rows', async () => {
    const page = await pageOf({ page: 13 })
    assert.deepEqual([...page], [241, 242, 243, 244, 245, 246, 247, 248, 249, 250])
    assert.deepEqual(JSON.parse(JSON.stringify(page)), {
      items: [...page],
      page: 13,
      perPage: 20,
      maxPerPage: 100,
      total: 250,
      pages: 13,
      first: 241,
      last: 250,
      hasPrev: true,
      prevNum: 12,
      hasNext: false,
      nextNum: null,
    })
    const first = await pageOf()
    assert.deepEqual(
      [first.hasPrev, first.prevNum, first.hasNext, first.nextNum, first.first, first.last],
      [false, null, true, 2, 1, 20],
    )
  })

  // web 74
  it('knows without a count whether there is a next page', async () => {
    const first = await pageOf({ count: false })
    assert.deepEqual(
      [first.total, first.pages, [...first.iterPages()], first.items.length],
      [null, 0, [], 20],
    )
    assert.deepEqual([first.hasNext, first.nextNum], [true, 2])
    const last = await pageOf({ count: false, page: 13 })
    assert.deepEqual([last.items.length, last.hasNext], [10, false])
    const exact = await pageOf({ count: false, page: 2, perPage: 10 }, {}, 20)
    assert.deepEqual([exact.items.length, exact.hasNext], [10, false])
  })

  // web 75
  it('turns to the next and the previous page without a second count', async () => {
    const rows = new Numbers(45)
    const first = await paginate(rows, { perPage: 20, maxPerPage: 50 })
    const second = await first.next()
    const third = await second.next()
    const past = await third.next()
    assert.deepEqual(
      [second.page, third.items, past.items, past.page, past.total],
      [2, [41, 42, 43, 44, 45], [], 4, 45],
    )
    const back = await past.prev()
    assert.deepEqual([back.page, back.maxPerPage, back.perPage], [3, 50, 20])
    assert.equal((await first.prev()).page, 1)
    assert.deepEqual(
      rows.asked.filter((what) => what === 'count'),
      ['count'],
    )
    await assert.rejects(third.next({ errorOut: true }), NotFoundError)
    await assert.rejects(first.prev({ errorOut: true }), NotFoundError)
  })

  it('counts only when the page does not show the total itself', async () => {
    const asked = async (options: PaginateOptions, size: number): Promise<string[]> => {
      const rows = new Numbers(size)
      const page = await paginate(rows, options)
      assert.equal(page.total, options.count === 7 ? 7 : size)
      return rows.asked
    }
    assert.deepEqual(await asked({ page: 3 }, 250), ['rows 20 40', 'count'])
    assert.deepEqual(await asked({ page: 13 }, 250), ['rows 20 240'])
    assert.deepEqual(await asked({}, 0), ['rows 20 0'])
    assert.deepEqual(await asked({ page: 99 }, 250), ['rows 20 1960', 'count'])
    assert.deepEqual(await asked({ count: 7 }, 250), ['rows 20 0'])
  })
})

describe('iterPages', () => {
  const gap = null
  const range = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i)
  const table: [
    pages: number,
    page: number,
    options: IterPagesOptions,
    expected: (number | null)[],
  ][] = [
    [15, 1, {}, [1, 2, 3, 4, 5, gap, 14, 15]],
    [15, 2, {}, [...range(1, 6), gap, 14, 15]],
    [15, 3, {}, [...range(1, 7), gap, 14, 15]],
    [15, 4, {}, [...range(1, 8), gap, 14, 15]],
    [15, 5, {}, [...range(1, 9), gap, 14, 15]],
    [15, 6, {}, [1, 2, gap, ...range(4, 10), gap, 14, 15]],
    [15, 7, {}, [1, 2, gap, ...range(5, 11), gap, 14, 15]],
    [15, 8, {}, [1, 2, gap, ...range(6, 12), gap, 14, 15]],
    [15, 9, {}, [1, 2, gap, ...range(7, 15)]],
    [15, 10, {}, [1, 2, gap, ...range(8, 15)]],
    [15, 11, {}, [1, 2, gap, ...range(9, 15)]],
    [15, 12, {}, [1, 2, gap, ...range(10, 15)]],
    [15, 13, {}, [1, 2, gap, ...range(11, 15)]],
    [15, 14, {}, [1, 2, gap, ...range(12, 15)]],
    [15, 15, {}, [1, 2, gap, 13, 14, 15]],
    [20, 7, {}, [1, 2, gap, ...range(5, 11), gap, 19, 20]],
    [20, 20, {}, [1, 2, gap, 18, 19, 20]],
    [10, 6, {}, [1, 2, gap, ...range(4, 10)]],
    [10, 5, {}, range(1, 10)],
    [4, 1, {}, range(1, 4)],
    [4, 2, {}, range(1, 4)],
    [4, 3, {}, range(1, 4)],
    [4, 4, {}, range(1, 4)],
    [1, 1, {}, [1]],
    [0, 1, {}, []],
    [15, 40, {}, [1, 2, gap]],
    [15, 8, { leftEdge: 0, leftCurrent: 0, rightCurrent: 0, rightEdge: 0 }, [gap, 8, gap]],
    [
      15,
      8,
      { leftEdge: 1, leftCurrent: 1, rightCurrent: 1, rightEdge: 1 },
      [1, gap, 7, 8, 9, gap, 15],
    ],
    [15, 1, { leftEdge: 0 }, [1, 2, 3, 4, 5, gap, 14, 15]],
    [15, 8, { leftEdge: 0, rightEdge: 0 }, [gap, ...range(6, 12), gap]],
    [
      20,
      10,
      { leftEdge: 3, leftCurrent: 1, rightCurrent: 2, rightEdge: 3 },
      [1, 2, 3, gap, 9, 10, 11, 12, gap, 18, 19, 20],
    ],
    [7, 4, { leftEdge: 100 }, range(1, 7)],
  ]
  for (const [pages, page, options, expected] of table) {
    // web 80
    it(`gives the numbers of page ${page} of ${pages} with ${JSON.stringify(options)}`, () => {
      assert.deepEqual([...iterPages(page, pages, options)], expected)
    })
  }
})
