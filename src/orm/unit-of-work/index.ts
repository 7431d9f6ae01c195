export type { FlushPlan, FlushStep, InsertRow, LateValue, LinkRow, UpdateRow } from './plan.ts'
export { planFlush } from './planner.ts'
export { isRowChanged, LATE, versionOf } from './row-values.ts'
export { isClean, type Work } from './work.ts'
