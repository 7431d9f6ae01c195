import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  belongsTo,
  Database,
  discriminator,
  hasMany,
  id,
  inspect,
  int,
  json,
  Model,
  text,
  varchar,
  version,
} from 'athanor'
import { databases, type TestDatabase } from '../support/databases.ts'
import { failure } from './support.ts'

class Author extends Model({
  id: id(),
  name: varchar(40),
  bio: text().deferred(),
  articles: () => hasMany(Article, 'author', { orderBy: 'id' }),
}) {}
/** The deferred columns stand between others, so that places in rows and in the table differ. */
class Article extends Model({
  id: id(),
  body: text().deferred(),
  title: varchar(80),
  summary: text().deferred('details'),
  authorId: int().nullable(),
  sources: json<string[]>()
    .deferred('details')
    .default(() => []),
  views: int().default(0),
  author: () => belongsTo(Author),
}) {}
const models = { Author, Article }

/** A session that knows nothing yet, beside two authors with an article each. */
async function written({ session, sent }: TestDatabase) {
  const s = session()
  for (const name of ['ada', 'grace']) {
    const author = new Author({ name, bio: `bio of ${name}` })
    const own = { title: `by ${name}`, body: `body of ${name}`, summary: `short ${name}` }
    s.add(new Article({ ...own, sources: [name], author }))
  }
  await s.commit()
  const reader = session()
  sent.clear()
  return reader
}

for (const database of databases()) {
  describe(`deferred columns on ${database.name}`, () => {
    // session 4.36
    it('are not selected by any query, and loaded by name, a group in one statement', async (t) => {
      const opened = await database.open(t, models)
      const { sent } = opened
      const s = await written(opened)
      const [first] = await s.select(Article).orderBy(Article.c.id).all()
      assert.ok(first)
      const second = await s.getOne(Article, 2)
      const author = await s.getOne(Author, 1)
      await author.articles.load()
      await s.select({ article: Article, author: Author }).join(Article.c.author).all()
      for (const sql of sent.texts()) assert.doesNotMatch(sql, /body|summary|sources|bio/)
      assert.deepEqual(Object.keys(first), ['id', 'title', 'authorId', 'views'])
      assert.deepEqual(first.toJSON(), { id: 1, title: 'by ada', authorId: 1, views: 0 })
      assert.deepEqual(inspect(first).unloaded.slice(0, 3), ['body', 'summary', 'sources'])
      await s.load(first, 'summary')
      assert.deepEqual([first.summary, first.sources], ['short ada', ['ada']])
      assert.equal(sent.count(), 1)
      await s.load(first, 'summary', 'sources')
      assert.equal(sent.count(), 0)
      assert.equal((await first.load('body')).body, 'body of ada')
      assert.equal(sent.count(), 1)
      assert.throws(() => second.body, { code: 'UNLOADED_ATTRIBUTE' })
      await s.load([first, second], 'body')
      assert.equal(second.body, 'body of grace')
      assert.equal(sent.count(), 1)
      assert.deepEqual(s.dirty, [])
    })

    it('say how they are loaded when they are read before', async (t) => {
      const opened = await database.open(t, models)
      const s = await written(opened)
      const article = await s.getOne(Article, 1)
      await failure(
        'UNLOADED_ATTRIBUTE',
        ['Article.body', "session.load(object, 'body')", ".with('body')"],
        () => article.body,
      )
      await failure('ARGUMENT', ['Article.bodi', '"body"'], () => s.load(article, 'bodi' as never))
      await failure('ARGUMENT', ['behind "body"'], () => s.load(article, 'body.x' as never))
      await s.close()
      await failure('DETACHED_INSTANCE', ['Article.body'], () => article.body)
    })

    it('come along with a query that names them, also behind a relation', async (t) => {
      const opened = await database.open(t, models)
      const { sent } = opened
      const s = await written(opened)
      const [article] = await s
        .select(Article)
        .with('body', 'author.bio')
        .where({ title: 'by grace' })
        .all()
      assert.deepEqual([article?.body, article?.author?.bio], ['body of grace', 'bio of grace'])
      assert.throws(() => article?.summary, { code: 'UNLOADED_ATTRIBUTE' })
      assert.equal(sent.count(), 1)
      const authors = await s.select(Author).with('articles.body').orderBy(Author.c.id).all()
      assert.deepEqual(
        authors.map(({ articles }) => articles[0]?.body),
        ['body of ada', 'body of grace'],
      )
      const page = await s.select(Article).with('body').paginateKeyset({ size: 1 })
      assert.equal(page.items[0]?.body, 'body of ada')
      assert.equal((await s.get(Article, 2, { with: ['summary'] }))?.summary, 'short grace')
    })

    // session 4.36
    it('can be set without being loaded, and only then are written', async (t) => {
      const opened = await database.open(t, models)
      const { sent, session } = opened
      const s = await written(opened)
      const article = await s.getOne(Article, 1)
      article.views = 7
      sent.clear()
      await s.flush()
      assert.match(sent.texts().join(), /update "article" set "views" = \? where/)
      article.body = 'new'
      assert.deepEqual(inspect(article).modified, ['body'])
      assert.equal(
        (await s.select(Article).with('body').orderBy(Article.c.id).first())?.body,
        'new',
      )
      article.body = 'newer'
      await s.noAutoflush(() => s.load(article, 'body'))
      assert.equal(article.body, 'newer')
      await s.rollback()
      assert.throws(
        () => article.body,
        { code: 'UNLOADED_ATTRIBUTE' },
        'what was there is not known',
      )
      article.body = 'final'
      await s.commit()
      assert.equal(article.body, 'final')
      assert.deepEqual(await session().select(Article.c.body).orderBy(Article.c.id).all(), [
        'final',
        'body of grace',
      ])
    })

    it('that were loaded follow their row, or leave memory', async (t) => {
      const opened = await database.open(t, models)
      const { session } = opened
      const s = await written(opened)
      const article = await s.getOne(Article, 1)
      await s.load(article, 'body')
      const rival = session()
      await rival.update(Article).where({ id: 1 }).set({ body: 'rival', title: 'rival' })
      await rival.commit()
      await s.refresh(article)
      assert.deepEqual([article.title, article.body], ['rival', 'rival'])
      await s.commit()
      assert.equal(article.body, 'rival', 'stale values are readable')
      await s.getOne(Article, 1)
      assert.throws(
        () => article.body,
        { code: 'UNLOADED_ATTRIBUTE' },
        'it may be older than the row',
      )
      await s.refresh(article, { only: ['body'] })
      assert.equal(article.body, 'rival')
      article.body = 'changed'
      await s.rollback()
      await s.load(article, 'summary')
      assert.deepEqual([article.title, article.summary], ['rival', 'short ada'])
      await s.load([article, s.reference(Article, 2)], 'body')
      assert.deepEqual((await s.getOne(Article, 2)).body, 'body of grace')
      await s.load(await s.getOne(Article, 2), 'author')
      s.expire(article, { hard: true })
      await s.load(article, 'body')
      assert.deepEqual([article.title, article.body], ['rival', 'rival'])
    })

    it('of a new object are there, and what bulk statements give back is without them', async (t) => {
      const opened = await database.open(t, models)
      const { session } = opened
      const s = await written(opened)
      const made = s.add(new Article({ title: 'new', body: 'b', summary: 's' }))
      await s.flush()
      assert.deepEqual([made.body, made.sources, inspect(made).modified], ['b', [], []])
      made.sources.push('x')
      await s.commit()
      const other = session()
      const known = await other.getOne(Article, made.id)
      await other.load(known, 'sources', 'body')
      assert.deepEqual(known.sources, ['x'])
      known.sources.push('y')
      await other.commit()
      await other.update(Article).where({ id: made.id }).set({ body: 'bulk' })
      await other.load(known, 'body', 'sources')
      assert.deepEqual([known.body, known.sources], ['bulk', ['x', 'y']])
      await other.load(known)
      other.delete(known)
      await other.commit()
      assert.equal(await session().select(Article).count(), 2)
    })

    it('of a row that is gone are an error, and cannot be loaded before there is a row', async (t) => {
      const opened = await database.open(t, models)
      const { session, sent } = opened
      const s = await written(opened)
      const article = await s.getOne(Article, 1)
      const rival = session()
      await rival.deleteFrom(Article).where({ id: 1 })
      await rival.commit()
      await failure('OBJECT_DELETED', ['Article#1'], () => s.load(article, 'body'))
      const made = s.add(new Article({ title: 'new', body: 'b', summary: 's' }))
      sent.clear()
      await s.noAutoflush(() => made.load('body'))
      assert.deepEqual([made.body, sent.count()], ['b', 0])
    })

    it('do not weaken a version: it is that of the other columns', async (t) => {
      class Page extends Model({ id: id(), text: text().deferred(), version: version() }) {}
      const { session } = await database.open(t, { Page })
      const s = session()
      s.add(new Page({ text: 'old' }))
      await s.commit()
      const [mine, rival] = [session(), session()]
      const page = await mine.getOne(Page, 1)
      ;(await rival.getOne(Page, 1)).text = 'of the rival'
      await rival.commit()
      await mine.load(page, 'text')
      assert.equal(page.text, 'of the rival')
      page.text += ', and mine'
      await failure('STALE_DATA', ['Page#1'], () => mine.commit())
    })

    it('of models that share a table are left out for all of them', async (t) => {
      class Item extends Model({ id: id(), kind: discriminator(), note: text().deferred() }) {}
      class Film extends Item.extend(
        { minutes: int(), script: text().deferred() },
        { inherit: 'single', discriminator: 'film' },
      ) {}
      const { session, sent } = await database.open(t, { Item, Film })
      const s = session()
      s.add(new Film({ note: 'n', minutes: 90, script: 'Fade in' }))
      await s.commit()
      const reader = session()
      sent.clear()
      const item = await reader.select(Item).one()
      assert.doesNotMatch(sent.texts().join(), /note|script/)
      assert.ok(item instanceof Film)
      await reader.load(item, 'script')
      await reader.load([item as Item], 'note')
      assert.deepEqual([item.minutes, item.script, item.note], [90, 'Fade in', 'n'])
    })
  })
}

describe('the mapping of deferred columns', () => {
  const refused: Record<string, () => Record<string, unknown>> = {
    'part of the primary key': () => ({
      A: class A extends Model({ id: int().primaryKey().deferred() }) {},
    }),
    'finds its objects by it': () => {
      class A extends Model({
        id: id(),
        parentId: int().nullable().deferred(),
        parent: () => belongsTo(A),
      }) {}
      return { A }
    },
    'compares it': () => ({
      A: class A extends Model({ id: id(), version: version().deferred() }) {},
    }),
    'of which model': () => ({
      A: class A extends Model({ id: id(), kind: discriminator().deferred() }) {},
    }),
  }
  for (const [reason, made] of Object.entries(refused))
    it(`refuses what objects need: ${reason}`, async () => {
      await failure(
        'MAPPING',
        ['deferred()', reason],
        () => new Database({ url: 'sqlite::memory:', models: made() as never }).metadata,
      )
    })
})
