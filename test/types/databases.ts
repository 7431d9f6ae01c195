// What a Database knows of its models and its sessions. Compiled only; every ts-expect-error must be needed.
import { Database, Model, Session, belongsTo, id, int, varchar } from 'athanor'
import type { KeysetPage } from 'athanor'
import { expectTypeOf } from 'expect-type'

/** A package of models that another project owns. */
class Account extends Model({ id: id(), login: varchar(40) }) {}
class Token extends Model(
  { id: id(), accountId: int(), account: () => belongsTo(Account) },
  { table: 'tokens' },
) {}
const auth = { Account, Token }

class Article extends Model({ id: id(), title: varchar(200) }) {}
const own = { Article }

class NoColumn extends Model({ id: id(), owner: () => belongsTo(Account) }) {}

export async function packages() {
  const listed = new Database({ url: 'sqlite::memory:', models: [own, auth] })
  const row = await listed.kysely
    .selectFrom('article')
    .innerJoin('tokens', 'tokens.id', 'article.id')
    .innerJoin('account', 'account.id', 'tokens.account_id')
    .select(['title', 'login', 'account_id'])
    .executeTakeFirstOrThrow()
  expectTypeOf(row).toEqualTypeOf<{ title: string; login: string; account_id: number }>()
  // @ts-expect-error no such table in any of the packages
  listed.kysely.selectFrom('token')
  void new Database({ url: 'sqlite::memory:', models: [own] as const })
  // @ts-expect-error the second package has something that is no model
  void new Database({ models: [own, { ...auth, version: 1 }] })
  // @ts-expect-error owner: there is no column ownerId
  void new Database({ models: [auth, { NoColumn }] })
  // @ts-expect-error packages stand in a list
  void new Database({ models: { own, auth } })
  return listed
}

/** A factory, a service, a property of the framework's application: they take whatever Database there is. */
export function handedOn() {
  const build = (db: Database) => db.session.select(Article).all()
  const db = new Database({ url: 'sqlite::memory:', models: own })
  expectTypeOf(build(db)).resolves.toEqualTypeOf<Article[]>()
  void build(new Database({ url: 'sqlite::memory:', models: [own, auth] }))
  const some: Database = db
  void some.kysely.selectFrom('whatever').select('column')
  // @ts-expect-error it is no Database
  void build({ url: 'sqlite::memory:' })
  expectTypeOf(db.kysely).not.toBeAny()
}

/** A session that knows more. */
class AuditedSession extends Session {
  readonly notes: string[] = []
}
class NeedsMore extends Session {
  readonly who: string
  constructor(context: ConstructorParameters<typeof Session>[0], who: string) {
    super(context)
    this.who = who
  }
}

export async function sessions() {
  const db = new Database({ models: own, sessionClass: AuditedSession })
  expectTypeOf(db.session).toEqualTypeOf<AuditedSession>()
  expectTypeOf(db.createSession().notes).toEqualTypeOf<string[]>()
  await db.transaction((session) => void session.notes.push('x'))
  expectTypeOf(new Database({ models: own }).session).toEqualTypeOf<Session>()
  // @ts-expect-error sessions are made by the Database: it has nothing else to pass
  void new Database({ models: own, sessionClass: NeedsMore })
  // @ts-expect-error no session
  void new Database({ models: own, sessionClass: Map })
}

export async function keyset() {
  const db = new Database({ models: own })
  const page = await db.paginateKeyset(db.select(Article).orderBy(Article.c.title), {
    after: null,
    size: 20,
  })
  expectTypeOf(page).toEqualTypeOf<KeysetPage<Article>>()
  expectTypeOf(page.endCursor).toEqualTypeOf<string | null>()
  const rows = await db.select({ title: Article.c.title, id: Article.c.id }).paginateKeyset()
  expectTypeOf(rows.items).toEqualTypeOf<readonly { title: string; id: number }[]>()
  for (const { title } of await rows.next()) expectTypeOf(title).toEqualTypeOf<string>()
  // @ts-expect-error a cursor is text
  void db.select(Article).paginateKeyset({ after: 7 })
  await db.select(Article).paginate({ count: 'window' })
  await db.select(Article).paginate({ count: async () => 7 })
  // @ts-expect-error no way to count
  void db.select(Article).paginate({ count: 'rows' })
}
