import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { DatabaseError, DisconnectedError, OperationalError, type ErrorHookContext } from 'athanor'
import { Engine } from '../../src/engine/index.ts'
import { databases, type DatabaseKind } from '../support/databases.ts'
import { FakeServer } from './fake-server.ts'
import { isPostgres, models, servers } from './server-support.ts'
import { holder } from './support.ts'

type OnError = (context: ErrorHookContext) => void

/** A code that no list of athanor's has. */
const VENDOR = { sqlState: 'ZZ001', errno: 31_234 }
/** A statement that ends with an error of this code, on a connection that lives. */
function raising(database: DatabaseKind, { sqlState, errno }: typeof VENDOR): string {
  return isPostgres(database)
    ? `do $$ begin raise exception 'resuming' using errcode = '${sqlState}'; end $$`
    : `signal sqlstate '45000' set mysql_errno = ${errno}, message_text = 'resuming'`
}

/** The code that the driver tells. */
function codeOf({ cause }: ErrorHookContext): unknown {
  const { code, errno } = cause as { readonly code?: unknown; readonly errno?: unknown }
  return errno ?? code
}

async function open(t: TestContext, database: DatabaseKind, onError: OnError): Promise<Engine> {
  const { db } = await database.open(t, models, { engineOptions: { onError } })
  return db.engine
}

/** Has two connections lie in the pool. */
async function keepTwo(engine: Engine): Promise<void> {
  const both = [await engine.connect(), await engine.connect()]
  for (const connection of both) await connection.execute({ sql: 'select 1', parameters: [] })
  for (const connection of both) connection.close()
  assert.equal(engine.status.idle, 2)
}

const execute = (engine: Engine, sql: string, replay?: boolean): Promise<unknown> =>
  engine.begin(async (connection) =>
    connection.execute({
      sql,
      parameters: [],
      prepare: false,
      ...(replay === undefined ? {} : { replay }),
    }),
  )

for (const database of databases()) {
  describe(`onError, ${database.name}`, () => {
    it('is told of an error once, with the statement and what the driver threw, and of nothing else', async (t) => {
      const told: ErrorHookContext[] = []
      const engine = await open(t, database, (context) => void told.push(context))
      await execute(engine, 'select 1')
      assert.ok(told.length === 0)
      await assert.rejects(execute(engine, 'select * from nowhere'), (error: DatabaseError) => {
        const [context, ...others] = told
        assert.ok(context !== undefined && others.length === 0)
        assert.equal(context.error, error)
        assert.equal(context.cause, error.cause)
        assert.deepEqual(
          [context.engineKey, context.during, context.sql, context.isDisconnect],
          ['default', 'statement', 'select * from nowhere', false],
        )
        return true
      })
    })

    it('that throws or rejects is reported, and changes nothing', async (t) => {
      const emitWarning = t.mock.method(process, 'emitWarning', () => {})
      for (const onError of [
        (context: ErrorHookContext): void => {
          context.isDisconnect = true
          throw new Error('my mistake')
        },
        async (): Promise<void> => Promise.reject(new Error('my mistake')),
      ]) {
        emitWarning.mock.resetCalls()
        const engine = await open(t, database, onError)
        await assert.rejects(execute(engine, 'select * from nowhere'), (error: Error) => {
          assert.ok(error instanceof DatabaseError && !(error instanceof DisconnectedError))
          return true
        })
        await Promise.resolve()
        const [call] = emitWarning.mock.calls
        assert.match(String(call?.arguments[0]), /onError/)
      }
    })
  })
}

for (const database of servers()) {
  describe(`onError on a server, ${database.name}`, () => {
    // session 6.28
    it('makes a code of the vendor the loss of the connection, and of all of its time', async (t) => {
      const codes: unknown[] = []
      const engine = await open(t, database, (context) => {
        codes.push(codeOf(context))
        context.isDisconnect = true
      })
      await keepTwo(engine)
      await assert.rejects(execute(engine, raising(database, VENDOR)), DisconnectedError)
      assert.deepEqual(codes, [isPostgres(database) ? VENDOR.sqlState : VENDOR.errno])
      assert.deepEqual([engine.status.idle, engine.status.generation], [0, 1])
    })

    // session 6.28
    it('may leave the other connections alone', async (t) => {
      const engine = await open(t, database, (context) => {
        context.isDisconnect = true
        context.invalidatePool = false
      })
      await keepTwo(engine)
      await assert.rejects(execute(engine, raising(database, VENDOR)), DisconnectedError)
      assert.deepEqual([engine.status.idle, engine.status.generation], [1, 0])
    })

    it('has what may be sent again sent on another connection', async (t) => {
      let errors = 0
      const engine = await open(t, database, (context) => {
        errors += 1
        context.isDisconnect = errors === 1
      })
      await assert.rejects(execute(engine, raising(database, VENDOR), true), (error: Error) => {
        assert.ok(!(error instanceof DisconnectedError))
        return true
      })
      assert.equal(errors, 2)
      assert.equal(engine.status.generation, 1)
    })
  })
}

describe('onError', () => {
  const lease = async (engine: Engine): Promise<void> =>
    engine.release(await engine.acquire('read', holder('GET /')))
  const resuming = (): Error => Object.assign(new Error('the database resumes'), { errno: 901 })

  // session 6.28
  it('has a server tried again that refuses with a code of its own', async (t) => {
    const server = new FakeServer()
    server.next.push(resuming(), resuming())
    const told: unknown[] = []
    const engine = server.engine(t, {
      onError(context) {
        told.push([
          context.during,
          codeOf(context),
          context.isDisconnect,
          context.error instanceof OperationalError,
        ])
        context.isDisconnect = true
      },
    })
    await lease(engine)
    assert.equal(server.attempts, 3)
    assert.deepEqual(told[1], ['connect', 901, false, true])
  })

  it('has an attempt fail at once that would have been repeated', async (t) => {
    const server = new FakeServer()
    server.isDown = true
    const engine = server.engine(t, {
      onError(context) {
        context.isDisconnect = false
      },
    })
    await assert.rejects(lease(engine), { code: 'CANNOT_OPEN', retryable: false })
    assert.equal(server.attempts, 1)
  })

  // session 6.28
  it('may say that a connection lives which the dialect gives up: it stays', async (t) => {
    const server = new FakeServer()
    const translateError = (cause: unknown): DisconnectedError =>
      new DisconnectedError('The connection was lost.', { cause })
    const engine = Engine.create(
      'default',
      {
        url: 'fake://db.example/shop',
        onError(context) {
          assert.equal(context.isDisconnect, true)
          context.isDisconnect = false
        },
      },
      new Map([['fake', { ...server.dialect, translateError }]]),
    )
    t.after(() => engine.close(0))
    await lease(engine)
    server.at(0).flight = async () => ({ results: [], error: resuming(), commitSent: false })
    await assert.rejects(execute(engine, 'select 1', true), (error: Error) => {
      assert.ok(error instanceof OperationalError && !(error instanceof DisconnectedError))
      assert.match(error.message, /the connection lives: The connection was lost/)
      return true
    })
    assert.deepEqual([engine.status.idle, engine.status.generation], [1, 0])
  })

  // session 6.28
  it('decides of a ping that fails', async (t) => {
    for (const [isDisconnect, invalidatePool, generation] of [
      [true, true, 1],
      [true, false, 0],
      [false, true, 0],
    ] as const) {
      const server = new FakeServer()
      const told: string[] = []
      const engine = server.engine(t, {
        prePing: 'always',
        pool: { size: 1 },
        onError(context) {
          told.push(`${context.during} ${context.sql}`)
          Object.assign(context, { isDisconnect, invalidatePool })
        },
      })
      await lease(engine)
      server.at(0).flight = async () => ({ results: [], error: resuming(), commitSent: false })
      await lease(engine)
      assert.deepEqual(told, ['ping select 1'])
      assert.deepEqual([engine.status.generation, engine.status.opened], [generation, 2])
    }
  })

  it('keeps the others when one is lost while it is idle', async (t) => {
    const server = new FakeServer()
    const engine = server.engine(t, {
      onError(context) {
        assert.deepEqual([context.during, context.isDisconnect], ['lost', true])
        context.invalidatePool = false
      },
    })
    const both = [await engine.connect(), await engine.connect()]
    for (const connection of both) connection.close()
    server.at(0).die(resuming())
    assert.deepEqual([engine.status.idle, engine.status.generation], [1, 0])
  })
})
