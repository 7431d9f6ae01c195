import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Database, Model, belongsTo, check, hasMany, id, int, text, varchar } from 'athanor'
import { columnTypes } from '../../src/schema/index.ts'
import { databases } from '../support/databases.ts'

class Team extends Model({
  id: id(),
  name: varchar(40),
  captainId: int().nullable(),
  captain: () => belongsTo(Player),
  players: () => hasMany(Player, 'team'),
}) {}

class Player extends Model({
  id: id(),
  teamId: int().nullable(),
  mentorId: int().nullable(),
  team: () => belongsTo(Team),
  mentor: () => belongsTo(Player),
}) {}

class Country extends Model({ code: varchar(2).primaryKey() }) {}

class City extends Model(
  {
    id: id(),
    path: varchar(40).serverDefault("'a'"),
    length: int().computed('2 * 3'),
    countryCode: varchar(80).nullable(),
    country: () => belongsTo(Country, { via: 'countryCode' }),
  },
  { checks: (c) => [check(c.path.ne("it's a\\b"))] },
) {}

class Plain extends Model({ id: id() }) {}

class Indexed extends Model({ id: id(), body: text().index() }) {}

for (const database of databases()) {
  describe(`createAll and dropAll on ${database.name}`, () => {
    // web 94
    it('work on tables that refer to one another in a circle, as often as one likes', async (t) => {
      const { db, session } = await database.open(t, { Team, Player })
      const s = session()
      const team = s.add(new Team({ name: 'one' }))
      await s.flush()
      const player = s.add(new Player({ team }))
      await s.flush()
      team.captain = player
      await s.commit()
      await db.createAll()
      assert.equal(await session().select(Player).count(), 1)
      await db.dropAll()
      await db.dropAll()
      await db.createAll()
      assert.equal(await session().select(Player).count(), 0)
    })

    // settled H29
    it('give a foreign key the width of its target, and write defaults, checks and computed columns', async (t) => {
      const { session } = await database.open(t, { Country, City })
      const s = session()
      s.add(new Country({ code: 'de' }))
      await s.flush()
      const city = s.add(new City({ countryCode: 'de' }))
      await s.commit()
      assert.deepEqual([city.path, city.length], ['a', 6])
      const refused = session()
      refused.add(new City({ path: "it's a\\b" }))
      await assert.rejects(refused.commit(), { name: 'CheckViolationError' })
    })

    const collations = database.needs(
      'collations that ignore case',
      database.supports.duplicateKeyUpdate,
    )
    // settled H28
    it('refuse a key that takes upper and lower case as one', collations, async (t) => {
      const { db, session } = await database.open(t, { Country, City })
      await db.createAll()
      const s = session()
      await s.sql`alter table city drop constraint fk_city_country_code_country`.all()
      await s.sql`alter table country modify code varchar(2) collate utf8mb4_general_ci`.all()
      await assert.rejects(db.createAll(), { name: 'MappingError', message: /"country".*"code"/ })
    })

    // settled M13
    it('refuse an index on text where there can be none, before anything is made', async (t) => {
      const { url } = await database.open(t, { Country })
      const db = new Database({ url, models: { Plain, Indexed } })
      t.after(() => db.dispose())
      if (db.engine.dialect.codec(columnTypes.text).noIndex === undefined) {
        await db.createAll()
        return
      }
      await assert.rejects(db.createAll(), { name: 'MappingError', message: /varchar/ })
      await db.run(() => assert.rejects(db.select(Plain).all(), { name: 'ProgrammingError' }))
    })
  })
}
