import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Model, belongsTo, hasMany, id, int, uuid, uuidv7, varchar } from 'athanor'
import { blog, Comment, Post, Tag, User } from '../support/blog.ts'
import { databases } from '../support/databases.ts'
import { failure, targets } from './support.ts'

/** A tree whose keys are known before the flush. */
class Folder extends Model({
  id: uuid().primaryKey().default(uuidv7),
  name: varchar(40),
  parentId: uuid().nullable(),
  parent: () => belongsTo(Folder),
  folders: () => hasMany(Folder, 'parent', { cascade: 'all' }),
}) {}

/** Two tables that refer to each other; the captain is a row of the other's members. */
class Team extends Model({
  id: id(),
  name: varchar(40),
  captainId: int().nullable(),
  captain: () => belongsTo(Player, { postUpdate: true }),
  players: () => hasMany(Player, 'team'),
}) {}
class Player extends Model({
  id: id(),
  name: varchar(40),
  teamId: int(),
  team: () => belongsTo(Team),
}) {}

/** The same circle without `postUpdate`. */
class Club extends Model({
  id: id(),
  headId: int().nullable(),
  head: () => belongsTo(Member),
}) {}
class Member extends Model({
  id: id(),
  clubId: int().nullable(),
  club: () => belongsTo(Club),
}) {}

/** A circle of keys that are made here. */
class Node extends Model({
  id: uuid().primaryKey().default(uuidv7),
  firstId: uuid().nullable(),
  first: () => belongsTo(Link, { postUpdate: true }),
}) {}
class Link extends Model({
  id: uuid().primaryKey().default(uuidv7),
  nodeId: uuid(),
  node: () => belongsTo(Node),
}) {}

for (const database of databases()) {
  describe(`the order of a flush on ${database.name}`, () => {
    // session 3.1
    it('inserts parents before children, whatever was added first', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const author = new User({ name: 'ada' })
      const post = new Post({ title: 'one', author })
      s.addAll([new Comment({ body: 'first', post }), post, author])
      await s.flush()
      assert.deepEqual(targets(sent), ['insert user', 'insert post', 'insert comment'])
    })

    // session 3.1
    it('keeps the order of add inside one table', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const tags = ['c', 'a', 'b'].map((name) => s.add(new Tag({ name })))
      await s.flush()
      const ids = tags.map((tag) => tag.id)
      assert.deepEqual(
        ids,
        ids.toSorted((a, b) => a - b),
      )
    })

    // session 3.1
    it('updates and deletes by primary key, whatever was changed first', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const [first, second, third] = ['a', 'b', 'c'].map((name) => s.add(new Tag({ name })))
      assert.ok(first && second && third)
      await s.commit()
      sent.clear()
      third.name = 'z'
      first.name = 'x'
      second.name = 'y'
      await s.flush()
      const updated = sent.events.flatMap(({ kind, parameters }) =>
        kind === 'update' ? [parameters.at(-1)] : [],
      )
      assert.deepEqual(updated.map(Number), [first.id, second.id, third.id])
    })

    // session 3.2
    it('writes a table’s inserts before its updates, and both before the next table', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const ada = s.add(new User({ name: 'ada' }))
      await s.commit()
      sent.clear()
      ada.email = 'ada@example.org'
      s.add(new Post({ title: 'one', author: ada }))
      s.add(new User({ name: 'bob' }))
      await s.flush()
      assert.deepEqual(targets(sent), ['insert user', 'update user', 'insert post'])
    })

    // session 3.2
    it('ties rows after both exist, and unties them before either goes', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const tag = new Tag({ name: 'ts' })
      const author = new User({ name: 'ada' })
      const post = s.add(new Post({ title: 'one', author, tags: [tag] }))
      await s.flush()
      assert.deepEqual(targets(sent), [
        'insert user',
        'insert post',
        'insert tag',
        'insert post_tags',
      ])
      await s.load(post, 'comments')
      sent.clear()
      s.delete(tag)
      s.delete(author)
      s.delete(post)
      await s.flush()
      const written = targets(sent).filter((target) => !target.startsWith('select'))
      assert.deepEqual(written.toSorted(), [
        'delete post',
        'delete post_tags',
        'delete post_tags',
        'delete tag',
        'delete user',
      ])
      assert.deepEqual(written.slice(0, 2), ['delete post_tags', 'delete post_tags'])
      assert.ok(written.indexOf('delete post') < written.indexOf('delete user'))
    })

    // session 3.3
    it('sorts the rows of a tree: parents first on insert, leaves first on delete', async (t) => {
      const { session, sent } = await database.open(t, { Folder })
      const s = session()
      const root = new Folder({ name: 'root' })
      const branch = new Folder({ name: 'branch', parent: root })
      const leaf = new Folder({ name: 'leaf', parent: branch })
      s.addAll([leaf, root, branch])
      await s.commit()
      const inserted = sent.events.flatMap(({ kind, parameters }) =>
        kind === 'insert' ? parameters : [],
      )
      const order = [root, branch, leaf].map((folder) => inserted.indexOf(folder.id))
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      )
      for (const folder of [branch, root, leaf]) s.delete(folder)
      await s.commit()
      assert.equal(await s.select(Folder).count(), 0)
    })

    // session 3.3
    it('sorts a tree whose keys the database makes', async (t) => {
      const { session } = await database.open(t, blog)
      const s = session()
      const post = new Post({ title: 'one', author: new User({ name: 'ada' }) })
      const question = new Comment({ body: 'why?', post })
      const answer = new Comment({ body: 'because', post, parent: question })
      s.addAll([new Comment({ body: 'thanks', post, parent: answer }), answer, question])
      await s.commit()
      const parents = await session()
        .select({ body: Comment.c.body, parent: Comment.c.parent.c.body })
        .orderBy(Comment.c.id)
        .all()
      assert.deepEqual(parents, [
        { body: 'why?', parent: null },
        { body: 'because', parent: 'why?' },
        { body: 'thanks', parent: 'because' },
      ])
    })

    // session 3.3
    it('sorts a thread of a thousand replies, and takes it apart again', async (t) => {
      const { session } = await database.open(t, { Folder })
      const s = session()
      let leaf = new Folder({ name: '0' })
      for (let i = 1; i < 1000; i += 1) leaf = new Folder({ name: String(i), parent: leaf })
      s.add(leaf)
      await s.commit()
      assert.equal(await s.select(Folder).where({ parentId: null }).count(), 1)
      for (const folder of await s.select(Folder).all()) s.delete(folder)
      await s.commit()
      assert.equal(await s.select(Folder).count(), 0)
    })

    // session 3.4
    it('orders rows one by one where tables refer to each other', async (t) => {
      const { session, sent } = await database.open(t, { Club, Member })
      const s = session()
      const club = new Club({ head: new Member({}) })
      const other = new Club({})
      const member = new Member({ club: other })
      s.addAll([club, member])
      await s.flush()
      assert.ok(targets(sent).every((target) => target.startsWith('insert')))
      assert.deepEqual([club.headId, member.clubId], [club.head?.id, other.id])
    })

    // session 3.4
    it('writes a postUpdate reference after both rows exist, and takes it back before they go', async (t) => {
      const { session, sent } = await database.open(t, { Team, Player })
      const s = session()
      const team = s.add(new Team({ name: 'reds' }))
      const player = new Player({ name: 'ada', team })
      team.captain = player
      await s.commit()
      assert.deepEqual(targets(sent), ['insert team', 'insert player', 'update team'])
      assert.equal(await session().select(Team.c.captainId).one(), player.id)
      sent.clear()
      s.delete(team)
      s.delete(player)
      await s.commit()
      const written = targets(sent).filter((target) => !target.startsWith('select'))
      assert.deepEqual(written, ['update team', 'delete player', 'delete team'])
    })

    // session 3.4
    it('writes a postUpdate reference late also where its key is known before', async (t) => {
      const { session, sent } = await database.open(t, { Node, Link })
      const s = session()
      const node = s.add(new Node({}))
      node.first = new Link({ node })
      await s.commit()
      assert.deepEqual(targets(sent), ['insert node', 'insert link', 'update node'])
      const stored = await session().select(Node).with('first').one()
      assert.equal(stored.first?.id, node.first.id)
    })

    // session 3.4
    it('names the rows of a circle that has no postUpdate, and loses nothing', async (t) => {
      const { session, sent } = await database.open(t, { Club, Member })
      const s = session()
      const club = s.add(new Club({}))
      const member = new Member({ club })
      club.head = member
      await failure(
        'CIRCULAR_DEPENDENCY',
        ['Club (pending', 'Member (pending', 'postUpdate: true'],
        () => s.flush(),
      )
      assert.deepEqual(sent.kinds(), [])
      club.head = null
      await s.commit()
      assert.equal(member.clubId, club.id)
    })

    // session 3.10
    it('sends nothing when there is nothing to write', async (t) => {
      const { session, sent } = await database.open(t, blog)
      const s = session()
      const tag = s.add(new Tag({ name: 'ts' }))
      await s.commit()
      sent.clear()
      tag.name = 'js'
      tag.name = 'ts'
      await s.flush()
      await s.commit()
      assert.equal(sent.count(), 0)
    })
  })
}
