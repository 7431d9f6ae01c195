import mariadb from 'mariadb'
import type { Item, NetworkPeer, NewOrder } from './peer.ts'

const GET = 'select id, title, body, views from item where id = ?'
const UPDATE = 'update item set views = ? where id = ?'
const COMMIT_IF_STORED =
  "execute immediate if(@@error_count = 0 and row_count() = 1, 'commit', 'rollback')"

/** The connector as somebody writes it who wants the most of it: prepared statements, rows as arrays, and its pipeline, COMMIT guarded by the server. */
export async function openMariadbDriver(url: string): Promise<NetworkPeer> {
  const { hostname, port, username, pathname } = new URL(url)
  const connection = await mariadb.createConnection({
    host: hostname,
    port: Number(port),
    user: username,
    database: pathname.slice(1),
    rowsAsArray: true,
  })
  const get = async (id: number): Promise<Item | null> => {
    const [row] = await connection.execute<[number, string, string, number][]>(GET, [id])
    return row === undefined ? null : { id: row[0], title: row[1], body: row[2], views: row[3] }
  }
  return {
    name: 'mariadb by hand',
    get,
    async modify(id, views) {
      await get(id)
      await Promise.all([
        connection.query('start transaction'),
        connection.execute(UPDATE, [views, id]),
        connection.query(COMMIT_IF_STORED),
      ])
    },
    async insert({ id, lines }: NewOrder) {
      const half = (from: number): unknown[] =>
        lines.slice(from, from + 50).flatMap((line) => [line.id, id, line.amount])
      await Promise.all([
        connection.query('start transaction'),
        connection.execute('insert into purchase (id) values (?)', [id]),
      ])
      await connection.execute(LINES, half(0))
      await connection.execute(LINES, half(50))
      await connection.query('commit')
    },
    close: () => connection.end(),
  }
}

const LINES = `insert into line (id, purchase_id, amount) values ${Array.from({ length: 50 }, () => '(?, ?, ?)').join(', ')}`
