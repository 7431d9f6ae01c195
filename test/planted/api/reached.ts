/** Is not exported, and yet users see it. */
export interface Reached {
  worse: string
}
export const unreachable = 1
