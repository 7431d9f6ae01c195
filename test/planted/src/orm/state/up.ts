// An arrow that a comment mentions is none: import '../../app/index.ts'
export type Session = typeof import('../session/index.ts')
export const text = "import '../../app/index.ts'"
