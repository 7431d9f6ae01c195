export { prepareFailedCommit, replyToFailedCommit } from './failed-commit.ts'
export { FetchEdge } from './fetch-edge.ts'
export { sendFailurePage } from './failure-page.ts'
export { checkFramework, unsupportedVersion, type Framework } from './framework-version.ts'
export { dropAnswerHeaders, type HeaderBag } from './header-hygiene.ts'
export { middlewareOf, type Middleware } from './middleware.ts'
export { NodeEdge } from './node-edge.ts'
export {
  checkDatabase,
  checkNames,
  REQUEST_OPTIONS,
  ROUTE_OPTIONS,
  routeOptionsOf,
  type RequestDatabase,
  type RequestOptions,
  type RouteOptions,
} from './options.ts'
export { isFetchResponse, isStream } from './payload.ts'
export { edgeOf, RequestEdge, type RequestBirth } from './request-edge.ts'
export {
  RequestTenant,
  type EnginesOption,
  type SchemasOption,
  type TenantOptions,
} from './request-tenant.ts'
export { responseClosed, type AbortOptions, type ClosedReply } from './response-closed.ts'
export { whenClosed } from './when-closed.ts'
export { ResponseGate, type GateKeeper } from './response-gate.ts'
