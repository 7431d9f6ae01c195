import {
  Model,
  belongsTo,
  discriminator,
  hasMany,
  id,
  int,
  manyToMany,
  text,
  varchar,
} from 'athanor'
import type { TestDatabase } from './databases.ts'

/** Where the rows of engineers, leads and managers are. */
export const STORAGES = ['one table', 'joined tables', 'both ways'] as const
type Storage = (typeof STORAGES)[number]

const SINGLE = { engineer: 'single', lead: 'single', manager: 'single' } as const
const KINDS: Readonly<Record<Storage, Readonly<Record<keyof typeof SINGLE, string>>>> = {
  'one table': SINGLE,
  'joined tables': { engineer: 'joined', lead: 'joined', manager: 'joined' },
  'both ways': { engineer: 'joined', lead: 'single', manager: 'single' },
}

/** Engineers, leads, who are engineers, and managers. No row is just one of the staff. The types are those of one table, since objects have the same in all storages. */
export function defineStaff(storage: Storage) {
  const { engineer, lead, manager } = KINDS[storage] as typeof SINGLE

  abstract class Staff extends Model({
    id: id(),
    kind: discriminator(),
    name: varchar(80).unique(),
    teamId: int().nullable(),
    team: () => belongsTo(Team),
    notes: () => hasMany(Note, 'author', { cascade: 'all', orderBy: 'id' }),
    skills: () => manyToMany(Skill, { through: 'staff_skills', orderBy: 'id' }),
  }) {
    greeting(): string {
      return `I am ${this.name}`
    }
  }

  class Engineer extends Staff.extend(
    {
      level: int(),
      language: text().default('TypeScript'),
      mentorId: int().nullable(),
      mentor: () => belongsTo(Lead),
    },
    { inherit: engineer, discriminator: 'engineer' },
  ) {
    readonly #log: string[] = []
    visits = 0

    note(line: string): number {
      this.visits += 1
      return this.#log.push(line)
    }
    override greeting(): string {
      return `${super.greeting()}, level ${this.level}`
    }
  }

  class Lead extends Engineer.extend(
    { budget: int().nullable(), pupils: () => hasMany(Engineer, 'mentor') },
    { inherit: lead, discriminator: 'lead' },
  ) {
    readonly title = 'lead'
  }

  class Manager extends Staff.extend(
    {
      budget: int().nullable(),
      car: varchar(20).nullable(),
      deskId: int().nullable(),
      desk: () => belongsTo(Desk),
    },
    { inherit: manager, discriminator: 'manager' },
  ) {}

  class Team extends Model({
    id: id(),
    name: varchar(40),
    members: () => hasMany(Staff, 'team', { orderBy: 'id' }),
    engineers: () => hasMany(Engineer, 'team', { orderBy: 'id' }),
  }) {}

  class Note extends Model({
    id: id(),
    body: varchar(80),
    authorId: int(),
    leadId: int().nullable(),
    author: () => belongsTo(Staff),
    lead: () => belongsTo(Lead),
  }) {}

  class Skill extends Model({
    id: id(),
    name: varchar(40),
    holders: () => manyToMany(Staff, { inverse: 'skills', orderBy: 'id' }),
    experts: () => manyToMany(Engineer, { inverse: 'skills', orderBy: 'id' }),
  }) {}

  /** Behind those that refer to it in `staff`: the order of models is not that of inserts. */
  class Desk extends Model({ id: id(), place: varchar(20) }) {}

  return { Team, Note, Skill, Manager, Engineer, Lead, Staff, Desk }
}

type StaffModels = ReturnType<typeof defineStaff>

/** Ada and Max in one team, Bob in none; Ada is Bob's mentor. Ids in this order. */
export async function hire(
  { session, sent }: TestDatabase,
  { Team, Lead, Manager, Engineer, Note, Skill }: StaffModels,
): Promise<void> {
  const s = session()
  const team = new Team({ name: 'core' })
  const ada = s.add(new Lead({ name: 'ada', level: 9, budget: 5, team }))
  await s.flush()
  s.add(new Manager({ name: 'max', car: 'red', team, skills: [new Skill({ name: 'chess' })] }))
  await s.flush()
  s.add(new Engineer({ name: 'bob', level: 3, mentor: ada }))
  s.add(new Note({ body: 'first', author: ada, lead: ada }))
  await s.commit()
  sent.clear()
}

export const staff = defineStaff('one table')
export const { Desk, Engineer, Lead, Manager, Note, Skill, Staff, Team } = staff
