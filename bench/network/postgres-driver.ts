import pg from 'pg'
import type { Item, NetworkPeer, NewOrder } from './peer.ts'

const asText = { getTypeParser: () => (text: string) => text }
const GET = {
  name: 'get',
  text: 'select id, title, body, views from item where id = $1',
  rowMode: 'array',
}
const UPDATE = { name: 'update', text: 'update item set views = $1 where id = $2' }

/** pg as somebody writes it who wants the most of it: named statements, rows as arrays of text, and a pipeline. */
export async function openPostgresDriver(url: string): Promise<NetworkPeer> {
  const client = new pg.Client({
    connectionString: url,
    pipeline: true,
    types: asText,
  })
  await client.connect()
  const get = async (id: number): Promise<Item | null> => {
    const { rows } = await client.query<[string, string, string, string]>({
      ...GET,
      rowMode: 'array',
      values: [id],
    })
    const [row] = rows
    return row === undefined
      ? null
      : { id: Number(row[0]), title: row[1], body: row[2], views: Number(row[3]) }
  }
  return {
    name: 'pg by hand',
    get,
    async modify(id, views) {
      await get(id)
      await Promise.all([
        client.query({ name: 'begin', text: 'begin' }),
        client.query({ ...UPDATE, values: [views, id] }),
        client.query({ name: 'commit', text: 'commit' }),
      ])
    },
    async insert({ id, lines }: NewOrder) {
      await Promise.all([
        client.query({ name: 'begin', text: 'begin' }),
        client.query({
          name: 'purchase',
          text: 'insert into purchase (id) values ($1)',
          values: [id],
        }),
        ...[0, 50].map((from) =>
          client.query({
            name: 'lines',
            text: `insert into line (id, purchase_id, amount) values ${values(50)}`,
            values: lines.slice(from, from + 50).flatMap((line) => [line.id, id, line.amount]),
          }),
        ),
        client.query({ name: 'commit', text: 'commit' }),
      ])
    },
    close: () => client.end(),
  }
}

function values(rows: number): string {
  const row = (n: number): string => `($${n * 3 + 1}, $${n * 3 + 2}, $${n * 3 + 3})`
  return Array.from({ length: rows }, (_, n) => row(n)).join(', ')
}
