import type { TransportLibrary } from '../mysql/index.ts'
import { MariaDbTransport } from './mariadb-transport.ts'

const INT_LIMIT = 2 ** 31

/** The package mariadb. */
export const mariadb: TransportLibrary = {
  name: 'mariadb',
  connect: (login, options) => MariaDbTransport.connect(login, options),
  // beyond 32 bits the driver sends a number as a DOUBLE, which rounds when it is compared with a large integer
  integer: (value) =>
    typeof value === 'number' && (value < -INT_LIMIT || value >= INT_LIMIT - 1)
      ? BigInt(value)
      : value,
}
