import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  Model,
  belongsTo,
  hasMany,
  id,
  inspect,
  int,
  manyToMany,
  text,
  varchar,
  version,
} from 'athanor'
import { blog, Profile, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { targets } from './support.ts'

class Setting extends Model({
  name: varchar(40).primaryKey(),
  value: text().nullable(),
  note: text().default('none'),
  version: version(),
  labels: () => manyToMany(Label, { through: 'setting_labels' }),
}) {}
class Label extends Model({ id: id(), text: varchar(40) }) {}

class Song extends Model({
  id: id(),
  plays: () => hasMany(Play, 'song', { cascade: 'all, delete-orphan' }),
}) {}
/** A row that has nothing but its key. */
class Play extends Model({
  songId: int().primaryKey(),
  place: int().primaryKey(),
  song: () => belongsTo(Song),
}) {}

for (const database of databases()) {
  describe(`a key that is deleted and added in one flush on ${database.name}`, () => {
    // session 3.5
    it('is one UPDATE, and what the new object does not say is not kept', async (t) => {
      const { session, sent } = await database.open(t, { Setting, Label })
      const s = session()
      const old = s.add(new Setting({ name: 'theme', value: 'dark', note: 'by ada' }))
      await s.commit()
      sent.clear()
      s.delete(old)
      const fresh = s.add(new Setting({ name: 'theme' }))
      await s.commit()
      assert.deepEqual(targets(sent), ['update setting', 'delete setting_labels'])
      assert.deepEqual([inspect(old).state, inspect(fresh).state], ['detached', 'persistent'])
      assert.equal(await s.get(Setting, 'theme'), fresh)
      const stored = await session().getOne(Setting, 'theme')
      assert.deepEqual([stored.value, stored.note, stored.version], [null, 'none', 2])
    })

    // session 3.5
    it('has the links of the new object and none of the old', async (t) => {
      const { session } = await database.open(t, { Setting, Label })
      const s = session()
      const [red, blue] = [new Label({ text: 'red' }), new Label({ text: 'blue' })]
      const old = s.add(new Setting({ name: 'theme', labels: [red, blue] }))
      await s.commit()
      s.delete(old)
      s.add(new Setting({ name: 'theme', labels: [blue] }))
      await s.commit()
      const stored = await session().getOne(Setting, 'theme')
      assert.deepEqual(
        (await stored.labels.load()).map((label) => label.text),
        ['blue'],
      )
    })

    // session 3.5
    it('replaces the one row of a hasOne that shares its owner’s key', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const first = session()
      first.add(new User({ name: 'ada', profile: new Profile({ bio: 'old' }) }))
      await first.commit()
      const s = session()
      const ada = await s.select(User).one()
      const old = await s.getOne(Profile, ada.id)
      sent.clear()
      s.delete(old)
      ada.profile = new Profile({ bio: 'new' })
      await s.commit()
      assert.deepEqual(targets(sent), ['select profile', 'update profile'])
      assert.equal((await session().getOne(Profile, ada.id)).bio, 'new')
    })

    // session 3.5
    it('sends nothing for a row that is all key', async (t) => {
      const { session, sent } = await database.open(t, { Song, Play })
      const s = session()
      const song = s.add(new Song({ plays: [new Play({ place: 1 }), new Play({ place: 2 })] }))
      await s.commit()
      await s.load(song, 'plays')
      sent.clear()
      song.plays.set([new Play({ place: 2 }), new Play({ place: 3 })])
      await s.commit()
      assert.deepEqual(targets(sent).toSorted(), ['delete play', 'insert play'])
      const places = await session().select(Play.c.place).orderBy(Play.c.place).all()
      assert.deepEqual(places, [2, 3])
    })

    // session 3.5
    it('gives the old object its row back on rollback', async (t) => {
      const { session } = await database.open(t, { Setting, Label })
      const s = session()
      const old = s.add(new Setting({ name: 'theme', value: 'dark' }))
      await s.commit()
      s.delete(old)
      const fresh = s.add(new Setting({ name: 'theme', value: 'light' }))
      await s.flush()
      await s.rollback()
      assert.deepEqual([inspect(old).state, inspect(fresh).state], ['persistent', 'transient'])
      const stored = await s.getOne(Setting, 'theme')
      assert.equal(stored, old)
      assert.equal(stored.value, 'dark')
    })
  })
}
