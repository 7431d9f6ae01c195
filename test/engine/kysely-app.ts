import { sql, type Generated, type Kysely } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import type { KyselyFlavour } from '../../src/sql/index.ts'

/** The tables of a small application, as one written for Kysely has them. */
export interface Tables {
  readonly person: {
    readonly id: Generated<number>
    readonly name: string
    readonly born: Date | null
    readonly score: number
  }
  readonly pet: {
    readonly id: Generated<number>
    readonly owner_id: number
    readonly name: string
    readonly tags: string | null
  }
}

const MIGRATIONS = (flavour: KyselyFlavour): Record<string, Migration> => ({
  '001_person': {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable('person')
        .addColumn('id', flavour === 'postgres' ? 'serial' : 'integer', (column) =>
          flavour === 'mysql' ? column.primaryKey().autoIncrement() : column.primaryKey(),
        )
        .addColumn('name', 'varchar(100)', (column) => column.notNull().unique())
        .addColumn('born', BORN[flavour])
        .addColumn('score', 'integer', (column) => column.notNull().defaultTo(0))
        .execute()
    },
    async down(db: Kysely<never>) {
      await db.schema.dropTable('person').execute()
    },
  },
  '002_pet': {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable('pet')
        .addColumn('id', flavour === 'postgres' ? 'serial' : 'integer', (column) =>
          flavour === 'mysql' ? column.primaryKey().autoIncrement() : column.primaryKey(),
        )
        .addColumn('owner_id', 'integer', (column) => column.notNull().references('person.id'))
        .addColumn('name', 'varchar(100)', (column) => column.notNull())
        .addColumn('tags', flavour === 'postgres' ? 'jsonb' : 'text')
        .execute()
    },
    async down(db: Kysely<never>) {
      await db.schema.dropTable('pet').execute()
    },
  },
})

const BORN = {
  sqlite: 'text',
  postgres: 'timestamptz',
  mysql: sql`datetime(3)`,
} as const

/** Brings the tables to the newest state, as the application does when it starts. */
export async function migrate(db: Kysely<Tables>, flavour: KyselyFlavour): Promise<string[]> {
  const migrator = migratorOf(db, flavour)
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
  return results.map(({ migrationName, status }) => `${migrationName} ${status}`)
}

export function migratorOf(db: Kysely<Tables>, flavour: KyselyFlavour): Migrator {
  return new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS(flavour)) },
  })
}

/** Adds a person with pets, all or nothing. */
export async function addPerson(
  db: Kysely<Tables>,
  name: string,
  pets: readonly string[],
): Promise<number> {
  return db.transaction().execute(async (trx) => {
    await trx.insertInto('person').values({ name, score: pets.length, born: null }).execute()
    const { id } = await trx
      .selectFrom('person')
      .select('id')
      .where('name', '=', name)
      .executeTakeFirstOrThrow()
    for (const pet of pets)
      await trx.insertInto('pet').values({ owner_id: id, name: pet, tags: null }).execute()
    return id
  })
}

/** The names of all pets, by owner. */
export async function petsByOwner(db: Kysely<Tables>): Promise<Record<string, string[]>> {
  const rows = await db
    .selectFrom('pet')
    .innerJoin('person', 'person.id', 'pet.owner_id')
    .select(['person.name as owner', 'pet.name as pet'])
    .orderBy('pet.id')
    .execute()
  const owners: Record<string, string[]> = {}
  for (const { owner, pet } of rows) (owners[owner] ??= []).push(pet)
  return owners
}
