export { mariadbDialect } from './mariadb-dialect.ts'
