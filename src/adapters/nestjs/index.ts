export { AthanorModule } from './athanor-module.ts'
export { AthanorRoute, type AthanorOptions } from './options.ts'
export type { RouteOptions } from '../http/index.ts'
