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

/** Models that share a table: engineers, leads, who are engineers, and managers. No row is just one of the staff. */
export abstract class Staff extends Model({
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

export class Engineer extends Staff.extend(
  {
    level: int(),
    language: text().default('TypeScript'),
    mentorId: int().nullable(),
    mentor: () => belongsTo(Lead),
  },
  { inherit: 'single', discriminator: 'engineer' },
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

export class Lead extends Engineer.extend(
  { budget: int().nullable(), pupils: () => hasMany(Engineer, 'mentor') },
  { inherit: 'single', discriminator: 'lead' },
) {
  readonly title = 'lead'
}

export class Manager extends Staff.extend(
  {
    budget: int().nullable(),
    car: varchar(20).nullable(),
    deskId: int().nullable(),
    desk: () => belongsTo(Desk),
  },
  { inherit: 'single', discriminator: 'manager' },
) {}

export class Team extends Model({
  id: id(),
  name: varchar(40),
  members: () => hasMany(Staff, 'team', { orderBy: 'id' }),
  engineers: () => hasMany(Engineer, 'team', { orderBy: 'id' }),
}) {}

export class Note extends Model({
  id: id(),
  body: varchar(80),
  authorId: int(),
  leadId: int().nullable(),
  author: () => belongsTo(Staff),
  lead: () => belongsTo(Lead),
}) {}

export class Skill extends Model({
  id: id(),
  name: varchar(40),
  holders: () => manyToMany(Staff, { inverse: 'skills', orderBy: 'id' }),
  experts: () => manyToMany(Engineer, { inverse: 'skills', orderBy: 'id' }),
}) {}

/** Behind those that refer to it in `staff`: the order of models is not that of inserts. */
export class Desk extends Model({ id: id(), place: varchar(20) }) {}

export const staff = { Team, Note, Skill, Manager, Engineer, Lead, Staff, Desk }
