import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { columnTypes, oneOfType, varcharType } from '../../src/schema/index.ts'
import { mariadbDialect } from '../../src/dialects/mariadb/index.ts'
import { mysqlDialect } from '../../src/dialects/mysql/index.ts'
import { MariaDb, needs } from '../servers/index.ts'
import { asRoot, openEngine, take } from './mariadb-support.ts'

const BOTH = [mariadbDialect, mysqlDialect]

describe('the dialects of MariaDB and MySQL', () => {
  // seed 20
  it('begin with the level that was asked for, and never another', () => {
    for (const { beginSql } of BOTH) {
      assert.deepEqual(beginSql({}), ['start transaction read write'])
      assert.deepEqual(beginSql({ readOnly: true }), ['start transaction read only'])
      for (const isolation of [
        'read uncommitted',
        'read committed',
        'repeatable read',
        'serializable',
      ] as const)
        assert.deepEqual(beginSql({ isolation }), [
          `set transaction isolation level ${isolation}`,
          'start transaction read write',
        ])
      assert.throws(() => beginSql({ isolation: 'autocommit' }), { code: 'ARGUMENT' })
      assert.throws(() => beginSql({ isolation: 'snapshot; drop table t' as never }), {
        code: 'ARGUMENT',
      })
    }
  })

  it('quote names and text', () => {
    for (const { quote, quoteText, placeholder } of BOTH) {
      assert.equal(quote('a`b'), '`a``b`')
      assert.equal(quoteText?.("it's \\"), "'it''s \\\\'")
      assert.equal(placeholder(7), '?')
    }
  })

  it('name the package to install', () => {
    assert.deepEqual(mariadbDialect.drivers, [
      { name: 'mariadb', install: 'npm i mariadb@3' },
      { name: 'mysql2', install: 'npm i mysql2@3' },
    ])
    assert.deepEqual(mysqlDialect.drivers, [{ name: 'mysql2', install: 'npm i mysql2@3' }])
  })
})

describe('the dialect of MySQL', needs(MariaDb), () => {
  // settled H28
  it('declares text with the collation of whichever server reads it', async (t) => {
    const engine = await openEngine(t, { scheme: 'mysql' })
    const connection = await take(t, engine)
    const types = [columnTypes.text, varcharType(5), oneOfType(['a'])]
    const columns = types.map((type, i) => `c${i} ${engine.dialect.codec(type).sqlType}`)
    await connection.execute({ sql: `create table t (${columns.join(', ')})`, parameters: [] })
    const { rows } = await connection.execute({
      sql: "select collation_name from information_schema.columns where table_schema = database() and table_name = 't'",
      parameters: [],
    })
    assert.deepEqual(rows, [['utf8mb4_nopad_bin'], ['utf8mb4_nopad_bin'], ['utf8mb4_nopad_bin']])
    assert.match(engine.dialect.codec(columnTypes.text).sqlType, /!80017 collate utf8mb4_0900_bin/)
  })

  it('sends values apart from the text, and never keeps what is sent once', async (t) => {
    const engine = await openEngine(t, { scheme: 'mysql' })
    const connection = await take(t, engine)
    const count = async (): Promise<number> => {
      const [row] = await asRoot("show global status like 'Prepared_stmt_count'")
      return Number(row?.['Value'])
    }
    const before = await count()
    for (let i = 0; i < 20; i += 1)
      await connection.execute({ sql: `select ?, ${i}`, parameters: [i], prepare: false })
    assert.ok((await count()) - before <= 1)
    for (let i = 0; i < 20; i += 1)
      await connection.execute({ sql: `select ?, ${i}`, parameters: [i] })
    assert.ok((await count()) - before >= 20)
  })
})
