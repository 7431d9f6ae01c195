import { sql } from 'kysely'
import { AsyncLocalStorage } from 'node:async_hooks'
import leftPad from 'left-pad'
export const open = (name: string): Promise<unknown> => import(name)
export const secret = process.env['SECRET']
export { sql, AsyncLocalStorage, leftPad }
