import { randomUUID } from 'node:crypto'

/** A row that the network workloads read and change. */
export interface Item {
  readonly id: number
  readonly title: string
  readonly body: string
  readonly views: number
}

/** Children of one new parent; all keys are made by the client. */
export interface NewOrder {
  readonly id: string
  readonly lines: readonly { readonly id: string; readonly amount: number }[]
}

/** One way to do the units of work on a server. */
export interface NetworkPeer {
  readonly name: string
  get(id: number): Promise<Item | null>
  /** Reads, changes one column, commits. */
  modify(id: number, views: number): Promise<void>
  /** One parent and its children, in one transaction. */
  insert(order: NewOrder): Promise<void>
  close(): Promise<void>
}

export const ITEMS = 1_000
export const LINES = 100

export function newOrder(): NewOrder {
  return {
    id: randomUUID(),
    lines: Array.from({ length: LINES }, (_, amount) => ({ id: randomUUID(), amount })),
  }
}

/** Statements that make the tables, in a spelling that both servers read. */
export const TABLES: readonly string[] = [
  'create table item (id integer primary key, title varchar(200) not null, body varchar(2000) not null, views integer not null)',
  'create table purchase (id char(36) primary key)',
  'create table line (id char(36) primary key, purchase_id char(36) not null, amount integer not null)',
]
