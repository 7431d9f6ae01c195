import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)
const COST: ScryptOptions = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 }
const KEY_BYTES = 32

/** A password's hash, with its salt: what is stored in its place. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, KEY_BYTES, COST)
  return `scrypt$${salt.toString('base64url')}$${key.toString('base64url')}`
}

/** Whether `password` is the one of `hash`. Takes as long without a hash, so that the time does not tell which names exist. */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, salt = '', expected = ''] = (hash ?? '').split('$')
  const key = await derive(password, Buffer.from(salt, 'base64url'), KEY_BYTES, COST)
  const wanted = Buffer.from(expected, 'base64url')
  return key.length === wanted.length && timingSafeEqual(key, wanted)
}

/** A new password that can be read out: four groups of five letters and digits. */
export function createPassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789-'.slice(0, 31)
  const letters = Array.from(randomBytes(20), (byte) => alphabet.charAt(byte % alphabet.length))
  return [0, 5, 10, 15].map((start) => letters.slice(start, start + 5).join('')).join('-')
}
