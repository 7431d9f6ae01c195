import type { FastifyServerOptions } from 'fastify'
import type { ImportSource } from './services/import/import-folder.ts'
import { PASSWORD_COST } from '../shared/passwords.ts'

/** How a wiki is set up. Only `main.ts` and `import.ts` read the environment; everything below them is told. */
export interface WikiOptions {
  /** Where the database is: a URL as athanor reads it. */
  readonly url: string
  /** The folder that a relative SQLite path starts from. */
  readonly instancePath?: string
  /** What the wiki is called. Default `Athanor wiki`. */
  readonly title?: string
  /** The admin's password. Default: at the first start a new one, announced once; later the one it has. */
  readonly adminPassword?: string
  /** Work that hashing a password takes, as scrypt's N: a power of two. Passwords that are stored keep the cost they have. Default 32_768. */
  readonly passwordCost?: number
  /** Folders of Markdown that are imported at the first start. Default none. */
  readonly seeds?: readonly ImportSource[]
  /** Receives a line for the person at the terminal. Default: nobody. */
  readonly announce?: (line: string) => void
  /** Largest request, in bytes. Default 1 MiB. */
  readonly bodyLimit?: number
  /** Revisions of a page that the nightly job keeps. Default 50. */
  readonly keepRevisions?: number
  /** Cookies only over HTTPS: true behind a TLS proxy. Default false. */
  readonly secureCookies?: boolean
  /** Fastify's log. Default none. */
  readonly logger?: NonNullable<FastifyServerOptions['logger']>
}

/** The options with every default filled in. */
export type WikiSettings = Required<Omit<WikiOptions, 'url' | 'instancePath' | 'adminPassword'>>

/** Fills in the defaults. */
export function settingsOf(options: WikiOptions): WikiSettings {
  return {
    title: options.title ?? 'Athanor wiki',
    passwordCost: options.passwordCost ?? PASSWORD_COST,
    seeds: options.seeds ?? [],
    announce: options.announce ?? (() => {}),
    bodyLimit: options.bodyLimit ?? 1_048_576,
    keepRevisions: options.keepRevisions ?? 50,
    secureCookies: options.secureCookies ?? false,
    logger: options.logger ?? false,
  }
}
