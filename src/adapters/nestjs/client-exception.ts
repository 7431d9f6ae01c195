import { STATUS_CODES } from 'node:http'
import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common'
import { InvalidInputError, isClientError, NotFoundError } from '../../errors/index.ts'

/**
 * What Nest answers without taking it for a fault of the program: it logs every error that is none of its own exceptions, with its stack. Errors of athanor that were made for clients
 * become exceptions of the same status, with the error as their `cause`; all others stay what they are.
 */
export function exceptionOf(error: unknown): unknown {
  const isOurs = error instanceof NotFoundError || error instanceof InvalidInputError
  if (!isOurs || !isClientError(error)) return error
  const { message, statusCode } = error
  const options = { cause: error }
  if (statusCode === 404) return new NotFoundException(message, options)
  if (statusCode === 400) return new BadRequestException(message, options)
  const body = HttpException.createBody(message, STATUS_CODES[statusCode] ?? 'Error', statusCode)
  return new HttpException(body, statusCode, options)
}
