export { paginate } from './paginate.ts'
export { paginateKeyset } from './paginate-keyset.ts'
export type { PageQuery } from './page-request.ts'
