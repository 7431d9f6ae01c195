import { belongsTo, Database, hasMany, int, Model, uuid, varchar } from 'athanor'
import type { Item as ItemRow, NetworkPeer, NewOrder } from './peer.ts'

class Item extends Model({
  id: int().primaryKey(),
  title: varchar(200),
  body: varchar(2000),
  views: int(),
}) {}
class Purchase extends Model({
  id: uuid().primaryKey(),
  lines: () => hasMany(Line),
}) {}
class Line extends Model({
  id: uuid().primaryKey(),
  purchaseId: uuid(),
  purchase: () => belongsTo(Purchase),
  amount: int(),
}) {}

/** athanor as an application uses it: a scope for each unit of work. */
export function openAthanor(url: string): NetworkPeer {
  const db = new Database({ url, models: { Item, Purchase, Line }, diagnostics: false })
  return {
    name: 'athanor',
    get: (id) =>
      db.run(async ({ session }): Promise<ItemRow | null> => {
        const item = await session.get(Item, id)
        return item === null
          ? null
          : { id: item.id, title: item.title, body: item.body, views: item.views }
      }),
    modify: (id, views) =>
      db.run(async ({ session }) => {
        const item = await session.getOne(Item, id)
        item.views = views
        await session.commit()
      }),
    insert: ({ id, lines }: NewOrder) =>
      db.run(async ({ session }) => {
        session.add(new Purchase({ id }))
        for (const line of lines) session.add(new Line({ ...line, purchaseId: id }))
        await session.commit()
      }),
    close: () => db.dispose(),
  }
}
