// What the compiler promises of models that inherit. Compiled only; every ts-expect-error must be needed.
import {
  Database,
  Model,
  belongsTo,
  discriminator,
  hasMany,
  id,
  index,
  int,
  oneOf,
  text,
  varchar,
} from 'athanor'
import type { Key, Loaded, Many, Ref } from 'athanor'
import { expectTypeOf } from 'expect-type'

class User extends Model(
  {
    id: id(),
    kind: discriminator(oneOf('user', 'admin', 'owner')).named('user_kind'),
    name: varchar(80),
    posts: () => hasMany(Post),
    keeperId: int().nullable(),
    keeper: () => belongsTo(Admin), // a base may refer to what inherits from it
  },
  { discriminator: 'user', table: 'users' },
) {
  greet() {
    return `I am ${this.name}`
  }
}
class Admin extends User.extend(
  {
    level: int(),
    note: text().nullable(),
    deputyId: int().nullable(),
    deputy: () => belongsTo(Admin),
    owners: () => hasMany(Owner, 'admin'),
  },
  { inherit: 'single', discriminator: 'admin' },
) {
  promote() {
    return (this.level += 1)
  }
}
class Owner extends Admin.extend(
  { adminId: int(), admin: () => belongsTo(Admin) },
  { inherit: 'single', discriminator: 'owner' },
) {
  override greet() {
    return `${super.greet()} of level ${this.level}`
  }
}
class Post extends Model({
  id: id(),
  userId: int(),
  user: () => belongsTo(User),
  adminId: int(),
  admin: () => belongsTo(Admin),
}) {}
class Archived extends User.extend({ year: int() }, { table: 'archive', discriminator: 'x' }) {}

const db = new Database({
  url: 'sqlite::memory:',
  models: { User, Admin, Owner, Post, Archived },
})
const { session } = db

export function objects() {
  const owner = new Owner({ name: 'x', level: 1, adminId: 1 })
  expectTypeOf(owner.name).toEqualTypeOf<string>()
  expectTypeOf(owner.level).toEqualTypeOf<number>()
  expectTypeOf(owner.note).toEqualTypeOf<string | null>()
  expectTypeOf(owner.kind).toEqualTypeOf<'user' | 'admin' | 'owner'>()
  expectTypeOf(owner.admin).toEqualTypeOf<Ref<Admin>>()
  expectTypeOf(owner.posts).toEqualTypeOf<Many<Post>>()
  expectTypeOf(owner.greet()).toEqualTypeOf<string>()
  expectTypeOf(owner.promote()).toEqualTypeOf<number>()
  expectTypeOf(owner).toExtend<Admin>()
  expectTypeOf(owner).toExtend<User>()
  expectTypeOf<User>().not.toExtend<Admin>()
  expectTypeOf<Key<Owner>>().toEqualTypeOf<number>()
  // @ts-expect-error athanor writes the discriminator
  void new User({ name: 'x', kind: 'user' })
  // @ts-expect-error level is required
  void new Admin({ name: 'x' })
  // @ts-expect-error there is no other kind of inheritance
  void User.extend({}, { inherit: 'concrete' })
}

export async function queries() {
  const [user] = await session.select(User).all()
  expectTypeOf(user).toEqualTypeOf<User | undefined>()
  if (user instanceof Admin) {
    expectTypeOf(user).toEqualTypeOf<Admin>()
    expectTypeOf(user.level).toEqualTypeOf<number>()
  }
  expectTypeOf(await session.get(Owner, 1)).toEqualTypeOf<Owner | null>()
  const admins = session.select(Admin).where({ name: 'x', level: 1 }).with('deputy', 'posts')
  expectTypeOf(await admins.one()).toEqualTypeOf<Loaded<Admin, 'deputy' | 'posts'>>()
  void session.select(Post).where(Post.c.admin.c.level.gt(1), Post.c.user.c.kind.eq('admin'))
  // @ts-expect-error level is a column of Admin only
  void session.select(User).where({ level: 1 })
  // @ts-expect-error owners is a relation of Admin only
  void session.select(User).with('owners')
  // @ts-expect-error the discriminator never changes
  void session.update(User).set({ kind: 'admin' })
  await session.insert(Admin).values({ name: 'x', level: 1 })
  // @ts-expect-error athanor writes the discriminator
  void session.insert(Admin).values({ name: 'x', level: 1, kind: 'admin' })
  const post = new Post({ user: new Owner({ name: 'x', level: 1, adminId: 1 }), adminId: 1 })
  // @ts-expect-error a user is no admin
  post.admin = new User({ name: 'x' })
}

export async function kysely() {
  const row = await db.kysely
    .selectFrom('users')
    .select(['name', 'user_kind', 'level', 'admin_id'])
    .executeTakeFirstOrThrow()
  expectTypeOf(row).toEqualTypeOf<{
    name: string
    user_kind: 'user' | 'admin' | 'owner'
    level: number | null
    admin_id: number | null
  }>()
  await db.kysely.insertInto('users').values({ name: 'x', user_kind: 'user' }).execute()
  await db.kysely.insertInto('users').values({ name: 'x', user_kind: 'admin', level: 1 }).execute()
  // @ts-expect-error Kysely writes what it is told: the discriminator too
  db.kysely.insertInto('users').values({ name: 'x' })
  // @ts-expect-error a model that shares a table has none of its own
  db.kysely.selectFrom('admin')
  // @ts-expect-error what is copied has nothing in common with the shared table
  db.kysely.selectFrom('archive').select('level')
  expectTypeOf(
    await db.kysely.selectFrom('archive').select('year').executeTakeFirstOrThrow(),
  ).toEqualTypeOf<{ year: number }>()
}

class Vehicle extends Model({
  id: id(),
  kind: discriminator(oneOf('car', 'cab', 'van')),
  plate: varchar(9),
  garage: () => belongsTo(Van),
  garageId: int().nullable(),
}) {}
class Car extends Vehicle.extend(
  { seats: int(), colour: text().nullable() },
  { inherit: 'joined', discriminator: 'car', indexes: (c) => [index(c.seats, c.colour)] },
) {}
class Cab extends Car.extend({ meter: int() }, { inherit: 'single', discriminator: 'cab' }) {}
class Van extends Vehicle.extend(
  { load: int().named('load_kg') },
  { inherit: 'joined', discriminator: 'van', table: 'vans' },
) {}

export async function joinedTables() {
  const fleet = new Database({ url: 'sqlite::memory:', models: { Vehicle, Car, Cab, Van } })
  const cab = new Cab({ plate: 'x', seats: 4, meter: 1 })
  expectTypeOf(cab).toExtend<Vehicle>()
  expectTypeOf(cab.colour).toEqualTypeOf<string | null>()
  expectTypeOf<Key<Cab>>().toEqualTypeOf<number>()
  // @ts-expect-error seats is required
  void new Car({ plate: 'x' })
  expectTypeOf(
    await fleet.kysely.selectFrom('car').selectAll().executeTakeFirstOrThrow(),
  ).toEqualTypeOf<{
    id: number
    seats: number
    colour: string | null
    meter: number | null
  }>()
  expectTypeOf(
    await fleet.kysely.selectFrom('vans').selectAll().executeTakeFirstOrThrow(),
  ).toEqualTypeOf<{ id: number; load_kg: number }>()
  expectTypeOf(
    await fleet.kysely.selectFrom('vehicle').selectAll().executeTakeFirstOrThrow(),
  ).toEqualTypeOf<{
    id: number
    kind: 'car' | 'cab' | 'van'
    plate: string
    garage_id: number | null
  }>()
  await fleet.kysely.insertInto('vans').values({ id: 1, load_kg: 2 }).execute()
  // @ts-expect-error the key is that of the row in the base's table
  fleet.kysely.insertInto('vans').values({ load_kg: 2 })
  // @ts-expect-error the plate is in the base's table
  fleet.kysely.selectFrom('car').select('plate')
}
