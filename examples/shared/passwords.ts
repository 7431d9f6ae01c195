import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}

const derive = promisify<string, Buffer, number, Cost & { maxmem: number }, Buffer>(scrypt)
/** Some 80 ms of one core. */
export const PASSWORD_COST: number = 2 ** 15
const KEY_BYTES = 32

/** A password's hash with its cost and salt: what is stored in the password's place. As each hash keeps its own, raising the cost locks nobody out. */
export async function hashPassword(
  password: string,
  cost: number = PASSWORD_COST,
): Promise<string> {
  const salt = randomBytes(16)
  const { N, r, p } = costOf(cost)
  const key = await keyOf(password, salt, { N, r, p })
  return ['scrypt', N, r, p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** Whether `password` is the one of `hash`. Takes as long as `cost` without a hash, so that the time does not tell which names exist. */
export async function verifyPassword(
  password: string,
  hash: string | undefined,
  cost: number = PASSWORD_COST,
): Promise<boolean> {
  const [scheme, N, r, p, salt = '', expected = ''] = (hash ?? '').split('$')
  const work = scheme === 'scrypt' ? { N: Number(N), r: Number(r), p: Number(p) } : costOf(cost)
  const key = await keyOf(password, Buffer.from(salt, 'base64url'), work)
  const wanted = Buffer.from(expected, 'base64url')
  return key.length === wanted.length && timingSafeEqual(key, wanted)
}

function costOf(N: number): Cost {
  return { N, r: 8, p: 1 }
}

function keyOf(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  return derive(password, salt, KEY_BYTES, { ...cost, maxmem: 256 * cost.N * cost.r })
}

/** A new password that can be read out: four groups of five letters and digits, none of which looks like another. */
export function createPassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789x' // 32 signs, so that no byte prefers one
  const letters = Array.from(randomBytes(20), (byte) => alphabet.charAt(byte % alphabet.length))
  return [0, 5, 10, 15].map((start) => letters.slice(start, start + 5).join('')).join('-')
}
