export { countStatements, type CountedStatements } from './count-statements.ts'
export {
  FaultProxy,
  type Admission,
  type FaultProxyOptions,
  type ProxyTarget,
} from './fault-proxy.ts'
export type { ActiveFault, FaultAction, FaultRule } from './fault-rules.ts'
export { seededRandom } from './seeded-random.ts'
export { testScope, TestScope, type TestDatabase, type TestScopeOptions } from './test-scope.ts'
export type { Traffic } from './traffic.ts'
