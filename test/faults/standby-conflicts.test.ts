import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Database, id, Model, varchar, type Connection } from 'athanor'
import { needs, Postgres, PostgresStandby } from '../servers/index.ts'
import { REPLICATION } from '../servers/postgres-standby.ts'
import { eventually } from '../support/eventually.ts'
import { codeOf, command, failureOf } from './errors.ts'

class Note extends Model({ id: id(), text: varchar(40) }) {}
const models = { Note }

/** A standby that never waits for its readers. */
const IMPATIENT = { max_standby_streaming_delay: '0', max_standby_archive_delay: '0' }
const SLOW = 'select pg_sleep(60) from note'

describe(
  'a hot standby that must replay what its readers stand in the way of',
  needs(PostgresStandby),
  () => {
    let primary: Postgres
    let standby: PostgresStandby
    let db: Database<typeof models>

    before(async () => {
      primary = await Postgres.start({ settings: { ...REPLICATION } })
      standby = await PostgresStandby.follow(primary, { settings: IMPATIENT })
      db = new Database({ url: standby.url(), models })
      await using origin = new Database({ url: primary.url(), models })
      await origin.createAll()
    })
    after(async () => {
      await db.dispose({ deadlineMs: 100 })
      await standby.dispose()
      await primary.dispose()
    })

    /** Rows that a reader sees are taken away for good. */
    async function vacuum(): Promise<void> {
      await primary.sql('delete from note')
      await primary.sql('vacuum note')
    }

    async function fill(): Promise<void> {
      await primary.sql("insert into note (text) values ('read'), ('read')")
      await standby.catchUp()
    }

    const isReading = async (): Promise<boolean> =>
      (await standby.sql(`select 1 as one from pg_stat_activity where query = '${SLOW}'`)).length >
      0

    /** Ends a statement that runs. */
    async function read(connection: Connection, conflict: () => Promise<void>): Promise<void> {
      const reading = Promise.resolve(connection.execute(command(SLOW)))
      const conflicting = eventually(isReading).then(conflict)
      await Promise.all([reading, conflicting])
    }

    const CONFLICTS: Readonly<Record<string, () => Promise<unknown>>> = {
      'rows that it may see are removed': vacuum,
      'its table is locked': () => primary.sql('begin; lock table note; commit'),
    }
    for (const [what, conflict] of Object.entries(CONFLICTS)) {
      // session 6.31
      it(`ends a statement when ${what}: SERIALIZATION, by the driver's 40001; the connection goes on`, async () => {
        await fill()
        await db.engine.ping()
        const { opened, generation } = db.engine.status
        const options = { readOnly: true } as const
        const error = await failureOf(() =>
          db.engine.begin(
            (connection) => read(connection, async () => void (await conflict())),
            options,
          ),
        )
        assert.deepEqual(
          [error.code, codeOf(error.cause)],
          ['SERIALIZATION', '40001'],
          String(error),
        )
        assert.match(
          (error.cause as Error).message,
          /^canceling statement due to conflict with recovery$/,
        )
        await eventually(() => db.engine.status.inUse === 0)
        await db.engine.ping()
        assert.deepEqual(
          [db.engine.status.opened, db.engine.status.generation],
          [opened, generation],
        )
      })
    }

    it('ends the connection of a transaction that is idle: DISCONNECTED, by the driver’s 40001', async () => {
      await fill()
      const options = { readOnly: true, isolation: 'repeatable read' } as const
      const error = await failureOf(() =>
        db.engine.begin(async (connection) => {
          await connection.execute(command('select * from note'))
          await vacuum()
          await eventually(() => !connection.isOpen)
          await connection.execute(command('select * from note'))
        }, options),
      )
      assert.deepEqual([error.code, codeOf(error.cause)], ['DISCONNECTED', '40001'], String(error))
      await db.engine.ping()
    })

    it('costs a transaction that may be run again one more run, whether the statement or the connection was ended', async () => {
      for (const isIdle of [false, true]) {
        await fill()
        let runs = 0
        const { generation } = db.engine.status
        const count = await db.run(() =>
          db.transaction(
            async (session) => {
              runs += 1
              const notes = await session.select(Note).count()
              if (runs > 1) return notes
              if (isIdle) {
                await vacuum()
                await eventually(() => db.engine.status.generation > generation)
              } else {
                const conflicting = eventually(isReading).then(vacuum)
                await Promise.all([session.sql`select pg_sleep(60) from note`.all(), conflicting])
              }
              return session.select(Note).count()
            },
            { retry: 1, readOnly: true, isolation: 'repeatable read' },
          ),
        )
        assert.deepEqual([runs, count], [2, 0])
      }
    })

    it('ends the connections to a database that is dropped, and then there is no such database', async () => {
      await primary.sql('create database gone')
      await standby.catchUp()
      await using other = new Database({ url: standby.url('gone'), models: {} })
      await other.engine.ping()
      await primary.sql('drop database gone')
      await eventually(() => other.engine.status.idle === 0)
      await standby.catchUp() // until then it is there, and invalid
      const error = await failureOf(() => other.engine.ping())
      assert.deepEqual([error.code, codeOf(error.cause)], ['DATABASE_NOT_FOUND', '3D000'])
    })
  },
)
