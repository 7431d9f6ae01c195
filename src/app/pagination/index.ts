export { paginate } from './paginate.ts'
export type { PageQuery } from './page-request.ts'
