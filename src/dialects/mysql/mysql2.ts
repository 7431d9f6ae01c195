import { MySql2Transport } from './mysql2-transport.ts'
import type { TransportLibrary } from './open-server.ts'

/** The package mysql2. */
export const mysql2: TransportLibrary = {
  name: 'mysql2',
  connect: (login, { events }) => MySql2Transport.connect(login, events),
  integer: (value) => value, // the transport tells the server their type
}
