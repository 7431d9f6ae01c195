import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as athanor from 'athanor'
import { AthanorError, CancelledError, NotFoundError } from 'athanor'
import { ERROR_CODES } from '../../src/errors/codes.ts'

type ErrorClass = new (message: string, options?: object) => AthanorError

const classOf = (code: keyof typeof ERROR_CODES): ErrorClass =>
  Reflect.get(athanor, ERROR_CODES[code][0]) as ErrorClass

describe('the classes of errors', () => {
  // settled B26
  it('carry a code each by default, which is their own name, and others that say it more exactly', () => {
    const more: Partial<Record<keyof typeof ERROR_CODES, string>> = {
      ENGINE_NOT_CONFIGURED: 'ConfigurationError',
      UNKNOWN_ENGINE: 'ConfigurationError',
      ALREADY_INITIALIZED: 'ConfigurationError',
      UNKNOWN_OPTION: 'ConfigurationError',
      MISSING_DRIVER: 'ConfigurationError',
      APP_NOT_REGISTERED: 'ConfigurationError',
      NO_PRIMARY_KEY: 'MappingError',
      NO_TABLE_NAME: 'MappingError',
      CROSS_ENGINE_STATEMENT: 'BindError',
      SELF_DEADLOCK: 'IllegalStateError',
      PARTIAL_COMMIT: 'PartialCommitError',
      BAD_CURSOR: 'NotFoundError',
    }
    for (const [code, name] of Object.entries(more))
      assert.equal(ERROR_CODES[code as keyof typeof ERROR_CODES][0], name, code)
    for (const code of Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[]) {
      const ofName = classOf(code)
        .name.replace(/Error$/, '')
        .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_')
      if (ofName.toUpperCase() === code)
        assert.equal(new (classOf(code))('text', { committed: [] }).code, code)
    }
  })

  // settled B27
  it('are there for reading only, an abort, a 404, and a commit of some engines', () => {
    const aborted = new CancelledError('text')
    assert.deepEqual([aborted.name, aborted.code], ['AbortError', 'CANCELLED'])
    assert.ok(new NotFoundError('text') instanceof athanor.NoResultFoundError)
    assert.deepEqual(
      [
        classOf('READ_ONLY').name,
        classOf('PARTIAL_COMMIT').name,
        classOf('TRANSACTION_ABORTED').name,
      ],
      ['ReadOnlyError', 'PartialCommitError', 'DatabaseError'],
    )
    for (const code of Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[])
      assert.ok(classOf(code).prototype instanceof AthanorError, code)
  })
})
